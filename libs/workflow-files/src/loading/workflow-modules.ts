import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createJiti } from 'jiti';

import { CompiledTexts } from './compiled-texts';
import type { HostModules } from './host-modules';
import { moduleFile } from './module-path';
import { compileSource, type CompiledSource } from './source.compiler';

/**
 * Loads a workflow file and what it imports, each anew: nothing is written, and nothing stays in
 * Node's cache, so that a file that was changed can be loaded again.
 *
 * jiti compiles the files and loads their packages, but does not link them: it would let Node load
 * plain `.js` files, past the modules of the host, and it cannot tell one `./config` from another.
 */
export class WorkflowModules {
  private readonly loaded = new Map<string, { exports: unknown }>();

  constructor(
    private readonly host: HostModules,
    private readonly texts = new CompiledTexts(),
  ) {}

  /**
   * Compiles a file for `texts`, as if it were to be imported, and runs nothing of it.
   *
   * @throws SourceError, or what reading throws.
   */
  static async compile(file: string, texts: CompiledTexts): Promise<void> {
    compileSource(texts.over(jitiFor(file)), file, await readFile(file, 'utf8'), 'import');
  }

  /** @throws what the file throws, SourceError, or what Node says about an import it cannot find. */
  async import(file: string): Promise<unknown> {
    const known = this.loaded.get(file);
    if (known) return known.exports;
    const source = await readFile(file, 'utf8');
    const jiti = jitiFor(file);
    const module = { exports: {} as unknown };
    this.loaded.set(file, module);
    const code = compileSource(this.texts.over(jiti), file, source, 'import');
    await this.run(code, file, module, jiti);
    return module.exports;
  }

  private require(file: string): unknown {
    const known = this.loaded.get(file);
    if (known) return known.exports;
    const jiti = jitiFor(file);
    const module = { exports: {} as unknown };
    this.loaded.set(file, module);
    const source = readFileSync(file, 'utf8');
    const code = compileSource(this.texts.over(jiti), file, source, 'require');
    this.run(code, file, module, jiti);
    return module.exports;
  }

  private run(
    code: CompiledSource,
    file: string,
    module: { exports: unknown },
    jiti: Jiti,
  ): unknown {
    return code.run({
      exports: module.exports,
      module,
      require: (specifier) => {
        const found = this.find(specifier, file, jiti);
        return 'file' in found ? this.require(found.file) : found.exports;
      },
      jitiImport: async (specifier) => {
        const found = this.find(specifier, file, jiti);
        return 'file' in found ? await this.import(found.file) : found.exports;
      },
      __filename: file,
      __dirname: dirname(file),
    });
  }

  /** The host's, a file of ours, or anything else: a package, a part of Node, JSON. */
  private find(
    specifier: string,
    importer: string,
    jiti: Jiti,
  ): { readonly file: string } | { readonly exports: unknown } {
    const isOwn = specifier.startsWith('./') && moduleFile(specifier, importer) !== undefined;
    const exports = isOwn ? undefined : this.host.find(specifier);
    if (exports) return { exports };
    const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier;
    const file = path.startsWith('.') || isAbsolute(path) ? moduleFile(path, importer) : undefined;
    if (file && isSource(file)) return { file };
    // Synchronously for `import` too, so that a package is loaded once however it is named.
    const load: (id: string) => unknown = jiti;
    return { exports: load(file ?? path) };
  }
}

type Jiti = ReturnType<typeof createJiti>;

function isSource(file: string): boolean {
  return /^\.[cm]?[jt]s$/i.test(extname(file));
}

/** Without its caches; each file needs one, since packages are looked for from where it lies. */
function jitiFor(file: string): Jiti {
  return createJiti(file, { fsCache: false, moduleCache: false, interopDefault: true });
}
