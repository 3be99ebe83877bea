import { SystemProcessFamily } from './adapters/process-family';
import { processStartTime } from './adapters/process-table';
import type { ProcessFamily } from './engine-spawner.port';
import type { ProcessRecord } from './process-record';

export type Finding =
  | { readonly is: 'none' }
  /** The gateway that launched it lives: leave it alone. */
  | { readonly is: 'in-use' }
  | { readonly is: 'orphan'; readonly family: ProcessFamily };

/** Whether the engine of a record outlived the gateway that launched it. */
export function findOrphan(record: ProcessRecord): Finding {
  if (isSameProcess(record.gateway)) {
    return isSameProcess(record) ? { is: 'in-use' } : { is: 'none' };
  }
  const leaderPid = isSameProcess(record) ? record.pid : undefined;
  const family = new SystemProcessFamily(leaderPid, record.mark);
  return family.isAlive() ? { is: 'orphan', family } : { is: 'none' };
}

function isSameProcess(recorded: { readonly pid: number; readonly startTime: string }): boolean {
  return processStartTime(recorded.pid) === recorded.startTime;
}
