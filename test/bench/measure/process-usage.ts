import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:process';

/** Other systems tell nothing of other processes: CPU and memory are then missing, times are not. */
export const seesProcesses = platform === 'linux';

/** CPU time that all threads of a process have had, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((id) => {
    const [onCpu = ''] = readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ');
    return Number(onCpu);
  });
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** Memory that a process holds, in MB (2^20 bytes). */
export const residentMbOf = (pid: number): number => statusMb(pid, 'VmRSS');

/** The most that a process has held since {@link forgetPeak}, in MB (2^20 bytes). */
export const peakMbOf = (pid: number): number => statusMb(pid, 'VmHWM');

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function statusMb(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
}
