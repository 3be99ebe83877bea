import type { ProductionPackage } from '../lockfile';

export interface Platform {
  readonly os: string;
  readonly cpu: string;
  /** Of Linux only. */
  readonly libc: 'glibc' | 'musl' | undefined;
}

export function thisPlatform(): Platform {
  return { os: process.platform, cpu: process.arch, libc: thisLibc() };
}

function thisLibc(): Platform['libc'] {
  if (process.platform !== 'linux') return undefined;
  const { header } = process.report.getReport() as { readonly header: object };
  return 'glibcVersionRuntime' in header ? 'glibc' : 'musl';
}

/**
 * Whether a package is for a platform, by npm's rules: names, or `!names` that are left out. Not every
 * package for one C library says so; those of napi-rs and neon have it at the end of their names.
 */
export function belongsOn(platform: Platform, { name, os, cpu, libc }: Requirements): boolean {
  if (!allows(os, platform.os) || !allows(cpu, platform.cpu)) return false;
  return platform.libc === undefined || allows([...libc, ...libcIn(name)], platform.libc);
}

type Requirements = Pick<ProductionPackage, 'name' | 'os' | 'cpu' | 'libc'>;

function allows(rules: readonly string[], value: string): boolean {
  if (rules.includes(`!${value}`)) return false;
  const named = rules.filter((rule) => !rule.startsWith('!'));
  return named.length === 0 || named.includes(value);
}

function libcIn(name: string): readonly string[] {
  if (/-gnu\w*$/.test(name)) return ['glibc'];
  return /-musl\w*$/.test(name) ? ['musl'] : [];
}
