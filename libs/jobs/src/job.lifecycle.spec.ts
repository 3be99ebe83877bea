import type { JobStatus } from '@gateway/events';

import { isTerminal, triesOf, type Job } from './job';
import { applyFact, type JobFact } from './job.lifecycle';
import { IllegalTransitionError } from './jobs.errors';
import { aJob, afterFacts, aRequest, facts } from './testing/job.builder';

const queued = aJob();
const running = afterFacts(queued, [facts['attempt-submitted']]);

const jobs: Readonly<Record<JobStatus, Job>> = {
  queued,
  running,
  canceling: afterFacts(running, [facts['cancel-requested']]),
  succeeded: afterFacts(running, [facts.succeeded]),
  failed: afterFacts(running, [facts.failed]),
  canceled: afterFacts(running, [facts.canceled]),
  expired: afterFacts(running, [facts['timed-out']]),
};

type Outcome = JobStatus | 'illegal';
const nothing: Readonly<Record<JobFact['type'], Outcome>> = {
  'attempt-submitted': 'illegal',
  'prompt-id-adopted': 'illegal',
  'execution-started': 'illegal',
  'attempt-lost': 'illegal',
  'attempt-withdrawn': 'illegal',
  'cancel-requested': 'illegal',
  succeeded: 'illegal',
  failed: 'illegal',
  canceled: 'illegal',
  'timed-out': 'illegal',
};

/** Every status × every fact. */
const transitions: Readonly<Record<JobStatus, Readonly<Record<JobFact['type'], Outcome>>>> = {
  queued: {
    'attempt-submitted': 'running',
    'prompt-id-adopted': 'illegal',
    'execution-started': 'illegal',
    'attempt-lost': 'illegal',
    'attempt-withdrawn': 'illegal',
    'cancel-requested': 'canceled',
    succeeded: 'illegal',
    failed: 'failed',
    canceled: 'canceled',
    'timed-out': 'expired',
  },
  running: {
    'attempt-submitted': 'illegal',
    'prompt-id-adopted': 'running',
    'execution-started': 'running',
    'attempt-lost': 'queued',
    'attempt-withdrawn': 'queued',
    'cancel-requested': 'canceling',
    succeeded: 'succeeded',
    failed: 'failed',
    canceled: 'canceled',
    'timed-out': 'expired',
  },
  canceling: {
    'attempt-submitted': 'illegal',
    'prompt-id-adopted': 'canceling',
    'execution-started': 'canceling',
    'attempt-lost': 'illegal',
    'attempt-withdrawn': 'illegal',
    'cancel-requested': 'canceling',
    succeeded: 'succeeded',
    failed: 'failed',
    canceled: 'canceled',
    'timed-out': 'expired',
  },
  succeeded: nothing,
  failed: nothing,
  canceled: nothing,
  expired: nothing,
};

const table = (Object.keys(transitions) as JobStatus[]).flatMap((status) =>
  Object.values(facts).map((fact) => ({
    status,
    fact,
    type: fact.type,
    outcome: transitions[status][fact.type],
  })),
);
const legal = table.filter(({ outcome }) => outcome !== 'illegal');
const illegal = table.filter(({ outcome }) => outcome === 'illegal');

describe('the life of a job', () => {
  it.each(legal)('$status + $type → $outcome', ({ status, fact, outcome }) => {
    expect(applyFact(jobs[status], fact, 3_000).status).toBe(outcome);
  });

  it.each(illegal)('$status + $type cannot happen', ({ status, fact }) => {
    const error = thrownBy(() => applyFact(jobs[status], fact, 3_000));
    expect(error).toBeInstanceOf(IllegalTransitionError);
    expect(error).toMatchObject({
      code: 'job.illegal_transition',
      jobId: 'job-1',
      status,
      fact: fact.type,
    });
    expect((error as Error).message).toBe(
      `Job job-1 is ${status}: "${fact.type}" cannot happen to it`,
    );
  });

  it.each(
    legal.filter(({ type, status }) => !(type === 'cancel-requested' && status === 'canceling')),
  )('$status + $type makes a new version and leaves the old one as it was', ({ status, fact }) => {
    const before = structuredClone(jobs[status]);
    const after = applyFact(jobs[status], fact, 3_000);
    expect(after.version).toBe(before.version + 1);
    expect(jobs[status]).toEqual(before);
    const { id, ownerId, request, createdAt } = before;
    expect(after).toMatchObject({ id, ownerId, request, createdAt });
  });

  it('makes no new version of a job that is asked twice to cancel', () => {
    expect(applyFact(jobs.canceling, facts['cancel-requested'], 3_000)).toBe(jobs.canceling);
  });

  it.each(Object.values(jobs).filter(isTerminal))(
    '$status is the end: no fact changes it',
    (job) => {
      for (const fact of Object.values(facts)) {
        expect(() => applyFact(job, fact, 3_000)).toThrow(IllegalTransitionError);
      }
    },
  );
});

describe('what a job keeps of its life', () => {
  it('begins queued, at version 1, without attempts', () => {
    expect(queued).toEqual({
      id: 'job-1',
      ownerId: 'default',
      status: 'queued',
      version: 1,
      request: aRequest,
      attempts: [],
      createdAt: 1_000,
    });
  });

  it('keeps each attempt with the time it was submitted and started', () => {
    const job = applyFact(running, facts['execution-started'], 2_500);
    expect(job.attempts).toEqual([
      { promptId: 'prompt-1', engineId: 'engine-1', submittedAt: 2_000, startedAt: 2_500 },
    ]);
  });

  it('keeps a lost attempt beside the next one, and changes only the latest', () => {
    const again = { ...facts['attempt-submitted'], promptId: 'prompt-2' };
    const job = afterFacts(running, [
      facts['attempt-lost'],
      again,
      facts['prompt-id-adopted'],
      facts['execution-started'],
    ]);
    expect(job.attempts).toEqual([
      { promptId: 'prompt-1', engineId: 'engine-1', submittedAt: 2_000 },
      {
        promptId: 'prompt-by-engine',
        engineId: 'engine-1',
        submittedAt: 2_000,
        startedAt: 2_000,
      },
    ]);
  });

  it('keeps an attempt that was withdrawn, but does not count it as a try', () => {
    const started = applyFact(running, facts['execution-started'], 2_500);
    const job = applyFact(started, facts['attempt-withdrawn'], 3_000);
    expect(job.attempts).toEqual([
      { promptId: 'prompt-1', engineId: 'engine-1', submittedAt: 2_000, withdrawn: true },
    ]);
    expect([triesOf(started), triesOf(job)]).toEqual([1, 0]);
  });

  it('keeps when a cancel was asked for', () => {
    expect(applyFact(running, facts['cancel-requested'], 2_700)).toMatchObject({
      status: 'canceling',
      cancelRequestedAt: 2_700,
    });
  });

  it.each([
    [facts.succeeded, { outputs: facts.succeeded.outputs }],
    [facts.failed, { failure: facts.failed.failure }],
    [facts['timed-out'], { failure: facts['timed-out'].failure }],
    [facts.canceled, {}],
  ])('keeps when and how it ended: $type', (fact, kept) => {
    expect(applyFact(running, fact, 9_000)).toMatchObject({ endedAt: 9_000, ...kept });
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
