import { randomUUID } from 'node:crypto';

import type { PromptEnding, RunProgress } from '@gateway/comfy-client';
import type { JsonObject, PromptGraph } from '@gateway/comfy-protocol';
import type { Clock, Log } from '@gateway/kernel';
import type { JobService } from '@gateway/jobs';

import type { Engine } from './engine/engine';
import type { EngineCondition } from './engine/engine-readiness';
import { EngineWatchdog, type WatchdogLimits } from './engine/engine-watchdog';

export interface EngineRunDependencies {
  readonly jobs: JobService;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: WatchdogLimits;
}

/** A job's prompt, ready for the engine. */
export interface EngineTask {
  readonly jobId: string;
  readonly prompt: PromptGraph;
  readonly extraData: JsonObject;
  /** When it may go in. */
  readonly awaits: EngineCondition;
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
    await engine.readiness.until(task.awaits, cancel.signal);
    const { ending, begun } = await attemptOnce(engine, task, cancel, dependencies);
    const retry = ending.outcome === 'lost' && !begun && attempt < MAX_ATTEMPTS;
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
): Promise<{ readonly ending: PromptEnding; readonly begun: boolean }> {
  const { signal } = cancel;
  const leaveSlot = await engine.slots.acquire(signal);
  let leaveLane: (() => void) | undefined;
  let watchdog: EngineWatchdog | undefined;
  let promptId: string = randomUUID();
  try {
    leaveLane = await engine.submissions.acquire(signal);
    let begun = false;
    engine.promptIds.begin(promptId, task.jobId);
    await jobs.record(task.jobId, { type: 'attempt-submitted', promptId, engineId: engine.id });
    task.onSubmitted();
    const watched = { jobId: task.jobId, promptId: () => promptId, begun: () => begun, cancel };
    watchdog = new EngineWatchdog(engine, watched, { clock, log, limits });
    const recordInOrder = recorder(jobs, task.jobId, log);
    const ending = await engine.client.run(
      { promptId, prompt: task.prompt, extraData: task.extraData },
      {
        signal,
        onAccepted: (accepted) => {
          leaveLane?.();
          if (accepted.promptId === promptId) return;
          engine.promptIds.adopt(promptId, accepted.promptId);
          promptId = accepted.promptId;
          recordInOrder({ type: 'prompt-id-adopted', promptId });
        },
        onStarted: () => {
          begun = true;
          recordInOrder({ type: 'execution-started' });
        },
        onProgress: (event) => {
          begun = true;
          task.onProgress(event);
        },
      },
    );
    await recordInOrder.settled();
    return { ending, begun };
  } finally {
    watchdog?.stop();
    engine.promptIds.end(promptId);
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
  return Object.assign(record, { settled: () => last.then(() => undefined) });
}
