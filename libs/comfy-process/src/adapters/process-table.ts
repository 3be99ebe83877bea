import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What the system knows of a running process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly group: number;
  /** Ended, and waiting to be reaped. While one of its threads still ends, its ports are still taken. */
  readonly isZombie: boolean;
  /** Clock ticks since boot; with the pid it names a process for good. */
  readonly startTime: string;
}

/** The facts of one process from Linux's /proc; `undefined` if there is none, or no /proc. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : factsIn(stat, pid);
}

/** What the text of `/proc/<pid>/stat` says (proc_pid_stat(5)). */
export function factsIn(stat: string, pid: number): ProcessFacts | undefined {
  // The second field is the program's name in parentheses, and may itself hold both.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, , group] = fields;
  const [threads, , startTime] = fields.slice(17);
  if (state === undefined || group === undefined || startTime === undefined) return undefined;
  const isZombie = (state === 'Z' || state === 'X') && Number(threads) < 2;
  return { pid, group: Number(group), isZombie, startTime };
}

/** When a process began, in the system's own notation; `undefined` if there is none. */
export function processStartTime(pid: number): string | undefined {
  if (process.platform === 'linux') return processFacts(pid)?.startTime;
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return started === '' ? undefined : started;
  } catch {
    return undefined;
  }
}

/** Every process in Linux's /proc; empty elsewhere. */
export function allProcesses(): readonly ProcessFacts[] {
  return pidsInProc().flatMap((pid) => processFacts(pid) ?? []);
}

/** Whether a process was started with this `NAME=value` in its environment. Linux only. */
export function wasStartedWith(pid: number, variable: string): boolean {
  const environment = readIfThere(`/proc/${pid}/environ`);
  return environment?.split('\0').includes(variable) ?? false;
}

function pidsInProc(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** A process may end, or turn out to be somebody else's, between the listing and the reading. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
