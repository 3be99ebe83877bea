import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system in memory, to be filled or made read-only. Only who may mount can have one. */
export class SmallDisk {
  static readonly isPossible = mayMount();
  readonly folder = mkdtempSync(join(tmpdir(), 'gateway-disk-'));
  private readonly filler = join(this.folder, 'filler');

  constructor(sizeMb = 8) {
    mount('-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', this.folder);
  }

  fill(): void {
    const chunk = Buffer.alloc(4096);
    try {
      for (;;) writeFileSync(this.filler, chunk, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  free(): void {
    rmSync(this.filler);
  }

  makeReadOnly(): void {
    mount('-o', 'remount,ro', this.folder);
  }

  remove(): void {
    execFileSync('umount', [this.folder]);
    rmdirSync(this.folder);
  }
}

/** Whether a running process may be kept from writing files, with {@link limitFiles}. */
export const mayLimitFiles = succeeds('prlimit', '--version');

/** Largest file, in bytes, that a process may write from now on. Its children keep their own limit. */
export function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-disk-'));
  const isMounted = succeeds('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
  if (isMounted) execFileSync('umount', [folder]);
  rmdirSync(folder);
  return isMounted;
}

function mount(...options: readonly string[]): void {
  execFileSync('mount', options);
}

function succeeds(program: string, ...options: readonly string[]): boolean {
  try {
    execFileSync(program, options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
