import type { ProcessFamily } from '../engine-spawner.port';
import { allProcesses, wasStartedWith, type ProcessFacts } from './process-table';
import { systemErrorCode } from './system-error';

/** Set in the environment of every engine; its value differs from launch to launch. */
export const MARK_VARIABLE = 'COMFYUI_GATEWAY_ENGINE';

/**
 * The members of a leader's process group and, on Linux, those who left it (a daemon that called
 * `setsid`) yet carry the engine's mark in the environment they inherited. Without a leader only the
 * mark counts: the number of a group that may have ended can be somebody else's by now.
 */
export class SystemProcessFamily implements ProcessFamily {
  /** Pid → start of those seen last: one that is ending loses its environment before its ports. */
  private seen: ReadonlyMap<number, string> = new Map();

  constructor(
    private readonly leaderPid: number | undefined,
    private readonly mark: string,
  ) {}

  signal(signal: NodeJS.Signals): void {
    if (this.leaderPid !== undefined) send(-this.leaderPid, signal);
    for (const { pid, group } of this.members()) {
      if (group !== this.leaderPid) send(pid, signal);
    }
  }

  isAlive(): boolean {
    if (process.platform === 'linux') return this.members().length > 0;
    return this.leaderPid !== undefined && groupExists(this.leaderPid);
  }

  /**
   * Zombies do not count: in a container whose first process reaps nobody, dead grandchildren stay
   * in their group for ever.
   */
  private members(): readonly ProcessFacts[] {
    const members = allProcesses().filter(
      (facts) => !facts.isZombie && facts.pid !== process.pid && this.isMember(facts),
    );
    this.seen = new Map(members.map(({ pid, startTime }) => [pid, startTime]));
    return members;
  }

  private isMember({ pid, group, startTime }: ProcessFacts): boolean {
    if (group === this.leaderPid || this.seen.get(pid) === startTime) return true;
    return wasStartedWith(pid, `${MARK_VARIABLE}=${this.mark}`);
  }
}

function groupExists(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours to end: whether anybody is left is what isAlive() says.
  }
}
