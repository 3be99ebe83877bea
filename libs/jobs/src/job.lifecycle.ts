import type { OutputItem } from '@gateway/comfy-protocol';
import { assertNever } from '@gateway/kernel';

import type {
  Attempt,
  Job,
  JobFailure,
  JobReport,
  JobRequest,
  LiveJob,
  QueuedJob,
  RunningJob,
} from './job';
import { isTerminal } from './job';
import { IllegalTransitionError } from './jobs.errors';
import { countNeeded } from './needed-nodes';

/** Something that happened to a job. */
export type JobFact =
  | { readonly type: 'attempt-submitted'; readonly promptId: string; readonly engineId: string }
  /** An old ComfyUI minted its own prompt id. */
  | { readonly type: 'prompt-id-adopted'; readonly promptId: string }
  | { readonly type: 'execution-started' }
  /** The engine lost an attempt that it had not begun: the job may try again. */
  | { readonly type: 'attempt-lost' }
  /** The gateway took it out of the engine to end; it does not count as a try. */
  | { readonly type: 'attempt-withdrawn' }
  | { readonly type: 'cancel-requested' }
  | {
      readonly type: 'succeeded';
      readonly outputs: readonly OutputItem[];
      /** Ids of the nodes that ComfyUI ran for their own sake, as far as it is known which those are. */
      readonly outputNodes?: readonly string[];
      readonly report?: JobReport | undefined;
    }
  | { readonly type: 'failed'; readonly failure: JobFailure }
  | { readonly type: 'canceled' }
  | { readonly type: 'timed-out'; readonly failure: JobFailure };

/** A new job, waiting. */
export function acceptJob(
  identity: { readonly id: string; readonly ownerId: string },
  request: JobRequest,
  now: number,
): QueuedJob {
  return { ...identity, status: 'queued', version: 1, request, attempts: [], createdAt: now };
}

/**
 * The whole life of a job: `(job, fact, now) → job`.
 *
 * @throws IllegalTransitionError when the fact cannot happen to a job in that status.
 */
export function applyFact(job: Job, fact: JobFact, now: number): Job {
  if (isTerminal(job)) throw new IllegalTransitionError(job.id, job.status, fact.type);
  const next = advance(job, fact, now);
  if (!next) throw new IllegalTransitionError(job.id, job.status, fact.type);
  return next === job ? job : { ...next, version: job.version + 1 };
}

function advance(job: LiveJob, fact: JobFact, now: number): Job | undefined {
  switch (fact.type) {
    case 'attempt-submitted': {
      if (job.status !== 'queued') return undefined;
      const { promptId, engineId } = fact;
      const attempt: Attempt = { promptId, engineId, submittedAt: now };
      return { ...job, status: 'running', attempts: [...job.attempts, attempt] };
    }
    case 'prompt-id-adopted':
      return inEngine(job, { promptId: fact.promptId });
    case 'execution-started':
      return inEngine(job, { startedAt: now });
    case 'attempt-lost':
      return job.status === 'running' ? { ...job, status: 'queued' } : undefined;
    case 'attempt-withdrawn':
      return job.status === 'running' ? withdrawn(job) : undefined;
    case 'cancel-requested':
      if (job.status === 'queued') return { ...job, status: 'canceled', endedAt: now };
      if (job.status === 'running') return { ...job, status: 'canceling', cancelRequestedAt: now };
      return job;
    case 'succeeded':
      if (job.status === 'queued') return undefined;
      return {
        ...job,
        status: 'succeeded',
        endedAt: now,
        outputs: fact.outputs,
        nodeCount: countNeeded(job.request.prompt, fact.outputNodes ?? []),
        ...(fact.report && { report: fact.report }),
      };
    case 'failed':
      return { ...job, status: 'failed', endedAt: now, failure: fact.failure };
    case 'canceled':
      return { ...job, status: 'canceled', endedAt: now };
    case 'timed-out':
      return { ...job, status: 'expired', endedAt: now, failure: fact.failure };
    default:
      return assertNever(fact);
  }
}

/** Changes the latest attempt of a job that the engine has. */
function inEngine(job: LiveJob, change: Partial<Attempt>): LiveJob | undefined {
  const latest = job.attempts.at(-1);
  if (job.status === 'queued' || !latest) return undefined;
  return { ...job, attempts: [...job.attempts.slice(0, -1), { ...latest, ...change }] };
}

/** Where an engine had it stays known: it may have left files. */
function withdrawn({ attempts, ...job }: RunningJob): QueuedJob {
  const withdrawals = attempts.slice(-1).map(({ promptId, engineId, submittedAt }) => {
    return { promptId, engineId, submittedAt, withdrawn: true } as const;
  });
  return { ...job, status: 'queued', attempts: [...attempts.slice(0, -1), ...withdrawals] };
}
