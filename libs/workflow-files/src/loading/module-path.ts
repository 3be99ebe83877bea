import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const EXTENSIONS = ['.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.json'];

/** The file a relative import means, as TypeScript and Node read it together. */
export function moduleFile(specifier: string, importer: string): string | undefined {
  const path = resolve(dirname(importer), specifier);
  return candidates(path).find(isFile);
}

function candidates(path: string): readonly string[] {
  const typed = path.replace(/\.([cm]?)js$/, '.$1ts');
  return [
    path,
    // TypeScript's own way to name a file: by what it compiles to.
    ...(typed === path ? [] : [typed]),
    ...EXTENSIONS.map((extension) => path + extension),
    ...EXTENSIONS.map((extension) => `${path}/index${extension}`),
  ];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
