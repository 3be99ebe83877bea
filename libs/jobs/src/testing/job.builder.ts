import type { Job, JobRequest, QueuedJob } from '../job';
import { acceptJob, applyFact, type JobFact } from '../job.lifecycle';

export const aRequest: JobRequest = {
  prompt: { '1': { class_type: 'EmptyImage', inputs: { width: 8 } } },
  extraData: {},
  sizeBytes: 100,
};

/** A job that was just accepted. */
export function aJob(id = 'job-1', request: Partial<JobRequest> = {}): QueuedJob {
  return acceptJob({ id, ownerId: 'default' }, { ...aRequest, ...request }, 1_000);
}

/** The job after these facts, all told at `now`. */
export function afterFacts(job: Job, facts: readonly JobFact[], now = 2_000): Job {
  return facts.reduce<Job>((current, fact) => applyFact(current, fact, now), job);
}

/** One fact of each type. */
export const facts = {
  'attempt-submitted': { type: 'attempt-submitted', promptId: 'prompt-1', engineId: 'engine-1' },
  'prompt-id-adopted': { type: 'prompt-id-adopted', promptId: 'prompt-by-engine' },
  'execution-started': { type: 'execution-started' },
  'attempt-lost': { type: 'attempt-lost' },
  'attempt-withdrawn': { type: 'attempt-withdrawn' },
  'cancel-requested': { type: 'cancel-requested' },
  succeeded: {
    type: 'succeeded',
    outputs: [{ kind: 'text', nodeId: '1', key: 'text', text: 'done' }],
  },
  failed: { type: 'failed', failure: { code: 'test.failed', message: 'It failed' } },
  canceled: { type: 'canceled' },
  'timed-out': { type: 'timed-out', failure: { code: 'test.timed_out', message: 'Too long' } },
} satisfies { readonly [Type in JobFact['type']]: Extract<JobFact, { readonly type: Type }> };
