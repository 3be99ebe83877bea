import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package that the gateway needs when it runs. */
export interface ProductionPackage {
  readonly name: string;
  readonly version: string;
  /** Below the project, `node_modules/…`. */
  readonly path: string;
  /** As an SPDX expression. */
  readonly licence: string;
  /** May be missing where it does not belong. */
  readonly optional: boolean;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
}

/** The production dependencies in package-lock.json, for every platform, in its order. */
export function productionPackages(root: string): readonly ProductionPackage[] {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as Lockfile;
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, entry]) => ({
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      path,
      licence: entry.license ?? 'unknown',
      optional: entry.optional === true,
      os: entry.os ?? [],
      cpu: entry.cpu ?? [],
      libc: entry.libc ?? [],
    }));
}

/** Version 3, as far as we look at it. */
interface Lockfile {
  readonly packages: Readonly<Record<string, LockfileEntry>>;
}

interface LockfileEntry {
  /** Only where it differs from the folder's. */
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}
