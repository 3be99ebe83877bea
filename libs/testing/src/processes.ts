import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether a process lives; a zombie does not. */
export function isRunning(pid: number): boolean {
  return groupOf(pid) !== undefined;
}

/** The living processes of a group. */
export function processesOfGroup(group: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => groupOf(pid) === group);
}

/** Memory that a process holds, in MB (2^20 bytes). */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Files, sockets and pipes that a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The files below a folder that a process has open. */
export function openFilesBelow(pid: number, folder: string): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .flatMap((descriptor) => targetOf(`/proc/${pid}/fd/${descriptor}`))
    .filter((path) => path.startsWith(folder));
}

/** A descriptor may be closed while it is looked at. */
function targetOf(link: string): string[] {
  try {
    return [readlinkSync(link)];
  } catch {
    return [];
  }
}

/** The process group of a process; `undefined` when it has ended. */
function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold anything; the fields follow its last one.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}
