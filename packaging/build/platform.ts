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

/** Whether a package is for a platform, by npm's rules: names, or `!names` that are left out. */
export function belongsOn(platform: Platform, { os, cpu, libc }: Requirements): boolean {
  return (
    allows(os, platform.os) &&
    allows(cpu, platform.cpu) &&
    (platform.libc === undefined || allows(libc, platform.libc))
  );
}

type Requirements = Pick<ProductionPackage, 'os' | 'cpu' | 'libc'>;

function allows(rules: readonly string[], value: string): boolean {
  if (rules.includes(`!${value}`)) return false;
  const named = rules.filter((rule) => !rule.startsWith('!'));
  return named.length === 0 || named.includes(value);
}
