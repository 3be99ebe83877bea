import { promptIdOf, type EngineMessage } from '@gateway/comfy-protocol';
import type { Clock } from '@gateway/kernel';

/** What an engine's websocket last said about the engine itself. Times are epoch milliseconds. */
export class EngineVitals {
  private remaining = 0;
  private lastWorkAt = 0;
  private openSince: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** Prompts the engine has, running and queued, ours and others', by its last `status`. */
  get queueRemaining(): number {
    return this.remaining;
  }

  /** When it last said a word about any prompt of ours. */
  get lastSignOfWorkAt(): number {
    return this.lastWorkAt;
  }

  /** Since when the socket hears everything; `undefined` while it is closed. */
  get listeningSince(): number | undefined {
    return this.openSince;
  }

  noteMessage(message: EngineMessage): void {
    if (message.type === 'status') {
      this.remaining = message.data.status.exec_info.queue_remaining;
    } else if (promptIdOf(message) !== undefined) {
      this.lastWorkAt = this.clock.now();
    }
  }

  noteSocket(state: 'connecting' | 'open' | 'closed'): void {
    this.openSince = state === 'open' ? this.clock.now() : undefined;
  }

  /** An engine that ended has nothing. */
  clear(): void {
    this.remaining = 0;
  }
}
