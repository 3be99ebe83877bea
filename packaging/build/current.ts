import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether an executable is younger than everything that it is made of. */
export function isCurrent(root: string, executable: string): boolean {
  const built = statSync(executable, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
  return MADE_OF.every((path) => newestIn(join(root, path)) <= built);
}

const MADE_OF = ['dist/apps/api', 'dist/libs', 'packaging', 'package-lock.json', 'package.json'];

function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return Math.max(...files.map((name) => statSync(join(path, name)).mtimeMs));
}
