import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ProductionPackage } from '../lockfile';

/**
 * The texts that a package comes with, or those of its licence where it has none. Packages for certain
 * platforms are never looked into: elsewhere they are not installed.
 */
export function licenceText(root: string, dependency: ProductionPackage): string {
  const own = dependency.optional ? [] : ownTexts(root, dependency);
  const texts = own.length > 0 ? own : standardTexts(dependency);
  return texts.map(asPlainText).join('\n\n');
}

function ownTexts(root: string, { path }: ProductionPackage): readonly string[] {
  const folder = join(root, path);
  if (!existsSync(folder)) throw new Error(`${path} is missing: run "npm ci" first.`);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(?:licen[cs]e|copying|notice)/i.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

function standardTexts({ name, licence }: ProductionPackage): readonly string[] {
  return licence.split(' AND ').map((id) => {
    const file = join(__dirname, 'texts', `${id}.txt`);
    if (existsSync(file)) return readFileSync(file, 'utf8');
    throw new Error(`${name} has no text of its licence, and there is no ${file}.`);
  });
}

/** Line ends and the space at them differ between packages with the same text. */
function asPlainText(text: string): string {
  const lines = text.split(/\r\n?|\n/).map((line) => line.trimEnd());
  return lines.join('\n').replace(/^\n+|\n+$/g, '');
}
