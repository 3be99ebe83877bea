import { randomUUID } from 'node:crypto';

import type { PromptEnding, RunProgress } from '@gateway/comfy-client';
import type { JsonObject, PromptGraph } from '@gateway/comfy-protocol';
import type { Clock, Log } from '@gateway/kernel';
import type { JobService } from '@gateway/jobs';

import type { Engine } from './engine/engine';
import { PromptTimedOutError } from './prompt.errors';

/** How long a prompt may be inside an engine, and how long it may take to let go. Milliseconds. */
export interface EngineRunLimits {
  /** `0`: for ever. */
  readonly timeoutMs: number;
  /** From the interrupt to the restart of an engine that does not let go. */
  readonly interruptGraceMs: number;
}

export interface EngineRunDependencies {
  readonly jobs: JobService;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: EngineRunLimits;
}

/** A job's prompt, ready for the engine. */
export interface EngineTask {
  readonly jobId: string;
  readonly prompt: PromptGraph;
  readonly extraData: JsonObject;
  readonly onSubmitted: () => void;
  readonly onProgress: (event: RunProgress) => void;
}

/**
 * Runs a prompt inside an engine, holding a place there from its POST to its terminal event.
 *
 * A prompt that the engine lost before it began is tried once more: nothing of it ever ran. One that
 * had begun is not, for it may be what killed the engine.
 *
 * @throws EngineUnavailableError (`prompt.engine_unavailable`), or the signal's reason when it
 *   aborts while the prompt waits; inside the engine an abort is a cancel, and the ending says what
 *   came of it.
 */
export async function runInEngine(
  engine: Engine,
  task: EngineTask,
  cancel: AbortController,
  dependencies: EngineRunDependencies,
): Promise<PromptEnding> {
  for (let attempt = 1; ; attempt += 1) {
    await engine.readiness.whenReady(cancel.signal);
    const ending = await attemptOnce(engine, task, cancel, dependencies);
    const retry = ending.outcome === 'lost' && !ending.started && attempt < MAX_ATTEMPTS;
    if (!retry || cancel.signal.aborted) return ending;
    dependencies.log.warn({ jobId: task.jobId, err: ending.cause }, 'attempt lost, trying again');
    await dependencies.jobs.record(task.jobId, { type: 'attempt-lost' });
  }
}

const MAX_ATTEMPTS = 2;

async function attemptOnce(
  engine: Engine,
  task: EngineTask,
  cancel: AbortController,
  { jobs, clock, log, limits }: EngineRunDependencies,
): Promise<PromptEnding> {
  const { signal } = cancel;
  const leaveSlot = await engine.slots.acquire(signal);
  const watchdog = new Watchdog(engine, task.jobId, cancel, clock, limits);
  let leaveLane: (() => void) | undefined;
  try {
    leaveLane = await engine.submissions.acquire(signal);
    const promptId = randomUUID();
    await jobs.record(task.jobId, { type: 'attempt-submitted', promptId, engineId: engine.id });
    task.onSubmitted();
    watchdog.start();
    const recordInOrder = recorder(jobs, task.jobId, log);
    const ending = await engine.client.run(
      { promptId, prompt: task.prompt, extraData: task.extraData },
      {
        signal,
        onAccepted: (accepted) => {
          leaveLane?.();
          if (accepted.promptId !== promptId) {
            recordInOrder({ type: 'prompt-id-adopted', promptId: accepted.promptId });
          }
        },
        onStarted: () => {
          recordInOrder({ type: 'execution-started' });
        },
        onProgress: task.onProgress,
      },
    );
    await recordInOrder.settled();
    return ending;
  } finally {
    watchdog.stop();
    leaveLane?.();
    leaveSlot();
  }
}

type RecordedFact = Parameters<JobService['record']>[1];

/** Records facts in the order they are told, without making their teller wait. */
function recorder(
  jobs: JobService,
  jobId: string,
  log: Log,
): ((fact: RecordedFact) => void) & { settled(): Promise<void> } {
  let last: Promise<unknown> = Promise.resolve();
  const record = (fact: RecordedFact): void => {
    last = last
      .then(() => jobs.record(jobId, fact))
      .catch((error: unknown) => {
        log.warn({ jobId, err: error, fact: fact.type }, 'fact could not be recorded');
      });
  };
  return Object.assign(record, { settled: async () => void (await last) });
}

/** Ends a prompt that takes too long: interrupt, a grace, then a new engine. */
class Watchdog {
  private cancelTimer: () => void = () => undefined;

  constructor(
    private readonly engine: Engine,
    private readonly jobId: string,
    private readonly cancel: AbortController,
    private readonly clock: Clock,
    private readonly limits: EngineRunLimits,
  ) {}

  start(): void {
    const { timeoutMs, interruptGraceMs } = this.limits;
    if (timeoutMs === 0) return;
    this.cancelTimer = this.clock.schedule(timeoutMs, () => {
      this.cancel.abort(new PromptTimedOutError(timeoutMs));
      this.cancelTimer = this.clock.schedule(interruptGraceMs, () => {
        this.engine.supervision.restart(
          `job ${this.jobId} ran out of time and could not be interrupted`,
        );
      });
    });
  }

  stop(): void {
    this.cancelTimer();
  }
}
