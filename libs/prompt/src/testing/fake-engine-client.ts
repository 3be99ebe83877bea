import type { PromptEnding, PromptSubmission, RunOptions, RunTiming } from '@gateway/comfy-client';
import type { OutputItem, QueueItem, QueueSnapshot } from '@gateway/comfy-protocol';

import type { EngineClient } from '../engine/engine';

export const aTiming: RunTiming = { startedAt: 10, endedAt: 30, nodes: { '1': { start: 12 } } };

/** A prompt inside the fake engine; a spec says what becomes of it. */
export class FakeRun {
  private resolve!: (ending: PromptEnding) => void;
  private reject!: (error: Error) => void;
  readonly ending = new Promise<PromptEnding>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor(
    readonly submission: PromptSubmission,
    readonly options: RunOptions,
  ) {}

  accept(promptId = this.submission.promptId): void {
    this.options.onAccepted?.({ promptId, number: 1 });
  }

  begin(): void {
    this.options.onStarted?.();
    this.options.onProgress?.({ type: 'executing', nodeId: '1' });
  }

  report(nodeId: string, outputs: readonly OutputItem[]): void {
    this.options.onProgress?.({ type: 'executed', nodeId, outputs });
  }

  end(ending: PromptEnding): void {
    this.resolve(ending);
  }

  succeed(outputs: readonly OutputItem[] = []): void {
    this.end({ outcome: 'succeeded', outputs, cachedNodes: [], timing: aTiming });
  }

  interrupted(): void {
    this.end({ outcome: 'interrupted', at: undefined, timing: aTiming });
  }

  lose(cause = new Error('ComfyUI exited (code 1)')): void {
    this.end({ outcome: 'lost', started: false, cause });
  }

  /** It never came in. */
  unreached(cause = new Error('connect ECONNREFUSED')): void {
    this.end({ outcome: 'unreached', cause });
  }

  break(error: Error): void {
    this.reject(error);
  }
}

/** A client whose engine does what a spec says; a cancelled prompt is let go at once, or never. */
export class FakeEngineClient implements EngineClient {
  readonly runs: FakeRun[] = [];
  /** Prompts that were followed, not posted. */
  readonly followed: FakeRun[] = [];
  readonly told: string[] = [];
  readonly interrupted: string[] = [];
  letsGo = true;
  queue: QueueSnapshot | Error = { queue_running: [], queue_pending: [] };
  private inside = 0;

  readonly http = {
    queue: (): Promise<QueueSnapshot> =>
      this.queue instanceof Error ? Promise.reject(this.queue) : Promise.resolve(this.queue),
    interrupt: (promptId: string): Promise<void> => {
      this.interrupted.push(promptId);
      return Promise.resolve();
    },
  };

  get activeRuns(): number {
    return this.inside;
  }

  start(): void {
    this.told.push('start');
  }

  stop(): Promise<void> {
    this.told.push('stop');
    return Promise.resolve();
  }

  engineGone(cause: Error): void {
    this.told.push(`gone: ${cause.message}`);
  }

  run(submission: PromptSubmission, options: RunOptions): Promise<PromptEnding> {
    return this.hold(submission, options, this.runs);
  }

  follow(submission: PromptSubmission, options: RunOptions): Promise<PromptEnding> {
    return this.hold(submission, options, this.followed);
  }

  private async hold(
    submission: PromptSubmission,
    options: RunOptions,
    among: FakeRun[],
  ): Promise<PromptEnding> {
    const run = new FakeRun(submission, options);
    const letGo = (): void => {
      if (this.letsGo) run.interrupted();
    };
    if (options.signal?.aborted) letGo();
    options.signal?.addEventListener('abort', letGo, { once: true });
    among.push(run);
    this.inside += 1;
    try {
      return await run.ending;
    } finally {
      this.inside -= 1;
    }
  }
}

/** An item of the engine's queue. */
export function queueItem(promptId: string): QueueItem {
  return [1, promptId, {}, {}, []];
}
