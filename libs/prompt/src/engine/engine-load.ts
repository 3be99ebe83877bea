import type { EngineMessage } from '@gateway/comfy-protocol';

/** How many prompts an engine has, running and queued, ours and others', by its last `status`. */
export class EngineLoad {
  private remaining = 0;

  get queueRemaining(): number {
    return this.remaining;
  }

  note(message: EngineMessage): void {
    if (message.type === 'status') {
      this.remaining = message.data.status.exec_info.queue_remaining;
    }
  }

  /** An engine that ended has nothing. */
  clear(): void {
    this.remaining = 0;
  }
}
