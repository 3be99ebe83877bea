import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { productionPackages, type ProductionPackage } from '../lockfile';
import { nodeLicence } from './host-node';
import type { SourceFile } from './pack';
import { belongsOn, type Platform } from './platform';

/**
 * What an executable for this platform carries: the built gateway without the other apps, its production
 * dependencies, and the licences of all, Node's included.
 *
 * @throws Error when something of it is missing.
 */
export function payloadFiles(root: string, platform: Platform): readonly SourceFile[] {
  const licence = nodeLicence();
  return [
    ...projectFiles(root, platform).map((path) => ({ path, source: join(root, path) })),
    ...(licence === undefined ? [] : [{ path: 'NODE-LICENSE', source: licence }]),
  ];
}

/** Sorted paths below the project. */
function projectFiles(root: string, platform: Platform): readonly string[] {
  const built = ['dist/apps/api', 'dist/libs'].flatMap((folder) => filesIn(root, folder));
  const packages = productionPackages(root)
    .filter((dependency) => isCarried(root, platform, dependency))
    .flatMap(({ path }) => filesOfPackage(root, path));
  return [...built.filter((path) => path.endsWith('.js')), ...packages, ...SINGLE_FILES].sort();
}

/** The version is read from the first. */
const SINGLE_FILES = ['dist/package.json', 'LICENSE', 'THIRD-PARTY-NOTICES'];

function isCarried(root: string, platform: Platform, dependency: ProductionPackage): boolean {
  if (!belongsOn(platform, dependency)) return false;
  const isThere = existsSync(join(root, dependency.path, 'package.json'));
  if (isThere || dependency.optional) return isThere;
  throw new Error(`${dependency.path} is missing: run "npm ci" first.`);
}

/** Without packages inside it, which the lockfile lists by themselves. */
function filesOfPackage(root: string, folder: string): readonly string[] {
  return filesIn(root, folder).filter((path) => {
    const inside = path.slice(folder.length + 1);
    return !inside.startsWith('node_modules/') && !NOT_FOR_RUNNING.test(inside);
  });
}

/** Declarations and sources that this Node cannot run, source maps, and what only authors need. */
const NOT_FOR_RUNNING =
  /\.(?:[cm]?ts|map)$|^(?:\.github|\.husky|benchmarks?|docs|examples?|tests?)\//;

function filesIn(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
