import { randomUUID } from 'node:crypto';

import type {
  PromptEnding,
  PromptSubmission,
  RunOptions,
  RunProgress,
} from '@gateway/comfy-client';
import type { JsonObject, PromptGraph } from '@gateway/comfy-protocol';
import { backoffDelayMs, pause, type BackoffPolicy, type Clock, type Log } from '@gateway/kernel';
import { triesOf, type Attempt, type Job, type JobService } from '@gateway/jobs';
import { StateUnavailableError } from '@gateway/state';

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
  /** It can wait until an attempt can be written down; somebody who waits for it had better know. */
  readonly isPatient: boolean;
  /** An engine is about to get it, for the first time or again. */
  readonly beforeTry: () => Promise<void>;
  readonly onSubmitted: () => void;
  /** It was in an engine, or may have been, from that moment on: milliseconds since the epoch. */
  readonly onTried: (at: number) => void;
  readonly onProgress: (event: RunProgress) => void;
}

/**
 * Runs a prompt inside an engine, holding a place there from its POST to its terminal event.
 *
 * A prompt that the engine lost before it began is tried once more: nothing of it ever ran. One that
 * had begun is not, for it may be what killed the engine. That it did not get there is no try.
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
  for (;;) {
    const places = await enter(engine, task.awaits, cancel.signal);
    const promptId = randomUUID();
    let tries = 0;
    const entry: Entry = {
      promptId,
      begun: false,
      beforehand: async () => {
        await task.beforeTry();
        const submitted = { type: 'attempt-submitted', promptId, engineId: engine.id } as const;
        tries = triesOf(await recorded(submitted, task, cancel.signal, dependencies));
      },
      hold: (...run) => engine.client.run(...run),
    };
    const { ending, begun } = await attemptOnce(engine, task, entry, cancel, places, dependencies);
    const retry = ending.outcome === 'lost' && !begun && tries < MAX_TRIES;
    if (!retry || cancel.signal.aborted) return ending;
    dependencies.log.warn({ jobId: task.jobId, err: ending.cause }, 'attempt lost, trying again');
    await recorded({ type: 'attempt-lost' }, task, cancel.signal, dependencies);
  }
}

/** Of one job, over all lives of the gateway. */
export const MAX_TRIES = 2;

/** Records what has to be written down before anything else happens. */
async function recorded(
  fact: RecordedFact,
  { jobId, isPatient }: EngineTask,
  signal: AbortSignal,
  { jobs, clock, log }: EngineRunDependencies,
): Promise<Job> {
  for (;;) {
    try {
      return await jobs.record(jobId, fact);
    } catch (error) {
      if (!isPatient || !(error instanceof StateUnavailableError)) throw error;
      log.error({ jobId, err: error }, 'an attempt waits until it can be written down');
      await pause(clock, RECORD_AGAIN_MS, signal);
      signal.throwIfAborted();
    }
  }
}

const RECORD_AGAIN_MS = 1_000;

/**
 * Follows a prompt that an earlier life of the gateway gave to the engine; `lost` when the engine
 * does not know it any more. A cancel that was asked for before is asked for again.
 */
export async function followInEngine(
  engine: Engine,
  task: EngineTask,
  attempt: Attempt,
  cancel: AbortController,
  halted: AbortSignal,
  dependencies: EngineRunDependencies,
): Promise<PromptEnding> {
  const leave = await engine.slots.acquire(halted);
  const entry: Entry = {
    promptId: attempt.promptId,
    begun: attempt.startedAt !== undefined,
    beforehand: () => Promise.resolve(),
    hold: (...run) => engine.client.follow(...run),
  };
  const places = { leave, leaveLane: () => undefined };
  return (await attemptOnce(engine, task, entry, cancel, places, dependencies)).ending;
}

/** How a prompt comes to be inside the engine. */
interface Entry {
  readonly promptId: string;
  /** Whether it is known to have been executing. */
  readonly begun: boolean;
  /** What is done and written down before it goes in. */
  beforehand(): Promise<unknown>;
  hold(submission: PromptSubmission, options: RunOptions): Promise<PromptEnding>;
}

interface EnginePlaces {
  /** Lets the next prompt be posted. */
  leaveLane(): void;
  /** Leaves the engine. */
  leave(): void;
}

/** Readiness counts when the turn has come: the engine may have gone away while we stood in line. */
async function enter(
  engine: Engine,
  awaits: EngineCondition,
  signal: AbortSignal,
): Promise<EnginePlaces> {
  for (;;) {
    await engine.readiness.until(awaits, signal);
    const places = await acquirePlaces(engine, signal);
    if (engine.readiness[awaits]) return places;
    places.leave();
  }
}

async function acquirePlaces(engine: Engine, signal: AbortSignal): Promise<EnginePlaces> {
  const leaveSlot = await engine.slots.acquire(signal);
  try {
    const leaveLane = await engine.submissions.acquire(signal);
    return {
      leaveLane,
      leave: () => {
        leaveLane();
        leaveSlot();
      },
    };
  } catch (error) {
    leaveSlot();
    throw error;
  }
}

async function attemptOnce(
  engine: Engine,
  task: EngineTask,
  entry: Entry,
  cancel: AbortController,
  places: EnginePlaces,
  dependencies: EngineRunDependencies,
): Promise<{ readonly ending: PromptEnding; readonly begun: boolean }> {
  const { jobs, clock, log } = dependencies;
  let { promptId, begun } = entry;
  try {
    engine.promptIds.begin(promptId, task.jobId);
    await entry.beforehand();
    task.onSubmitted();
    const submittedAt = clock.now();
    const watched = { jobId: task.jobId, promptId: () => promptId, begun: () => begun, cancel };
    const recordInOrder = recorder(jobs, task.jobId, log);
    const submission = { promptId, prompt: task.prompt, extraData: task.extraData };
    const options: RunOptions = {
      signal: cancel.signal,
      onAccepted: (accepted) => {
        places.leaveLane();
        if (accepted.promptId === promptId) return;
        engine.promptIds.adopt(promptId, accepted.promptId);
        promptId = accepted.promptId;
        recordInOrder({ type: 'prompt-id-adopted', promptId });
      },
      onStarted: () => {
        if (!entry.begun) recordInOrder({ type: 'execution-started' });
        begun = true;
      },
      onProgress: (event) => {
        begun = true;
        task.onProgress(event);
      },
    };
    const ending = await reached(engine, task, cancel.signal, dependencies, () => {
      const watchdog = new EngineWatchdog(engine, watched, dependencies);
      return entry.hold(submission, options).finally(() => watchdog.stop());
    });
    await recordInOrder.settled();
    if (mayHaveRun(ending)) task.onTried(submittedAt);
    return { ending, begun };
  } finally {
    engine.promptIds.end(promptId);
    places.leave();
  }
}

/** What came of holding a prompt inside the engine, once the engine could be reached at all. */
async function reached(
  engine: Engine,
  { jobId, awaits }: EngineTask,
  signal: AbortSignal,
  { clock, log }: EngineRunDependencies,
  hold: () => Promise<PromptEnding>,
): Promise<PromptEnding> {
  for (let knocks = 1; ; knocks += 1) {
    const ending = await hold();
    if (ending.outcome !== 'unreached' || signal.aborted || knocks === MAX_KNOCKS) return ending;
    log.debug({ jobId, err: ending.cause }, 'ComfyUI was not reached, trying again');
    await pause(clock, backoffDelayMs(KNOCK_AGAIN, knocks, Math.random()), signal);
    signal.throwIfAborted();
    await engine.readiness.until(awaits, signal);
  }
}

/** It takes its supervisor a moment to see that an engine is gone; then its return is waited for. */
const KNOCK_AGAIN: BackoffPolicy = { firstDelayMs: 50, maxDelayMs: 1_000, factor: 2, jitter: 0.2 };
const MAX_KNOCKS = 9;

function mayHaveRun(ending: PromptEnding): boolean {
  if (ending.outcome === 'refused') return ending.mayHaveRun;
  const neverStarted = ending.outcome === 'interrupted' && ending.at === undefined;
  return ending.outcome !== 'unreached' && !neverStarted;
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
