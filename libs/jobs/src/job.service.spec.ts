import { EventBus, type JobTransitioned } from '@gateway/events';
import { StateUnavailableError } from '@gateway/state';
import { FakeClock } from '@gateway/testing';

import { MemoryJobQueue } from './adapters/memory.job-queue';
import { MemoryJobStore } from './adapters/memory.job-store';
import { Admission, type AdmissionLimits } from './admission';
import type { FailedJob, Job } from './job';
import { JobService } from './job.service';
import { JobConflictError } from './jobs.errors';
import { aJob, afterFacts, aRequest, facts } from './testing/job.builder';

function makeService(limits: Partial<AdmissionLimits> = {}, store = new MemoryJobStore()) {
  const clock = new FakeClock(1_000);
  const bus = new EventBus();
  const queue = new MemoryJobQueue();
  const admission = new Admission({ maxQueuedJobs: 0, maxQueuedBytes: 0, ...limits });
  const service = new JobService(store, queue, admission, bus, clock);
  const transitions: JobTransitioned[] = [];
  bus.subscribe('job-transitioned', (event) => transitions.push(event));
  return { service, store, queue, clock, bus, transitions };
}

/** Takes no transition as long as there is a reason not to. */
class RefusingStore extends MemoryJobStore {
  reason: Error | undefined;

  override update(job: Job): Promise<void> {
    return this.reason ? Promise.reject(this.reason) : super.update(job);
  }
}

const submitted = facts['attempt-submitted'];

describe('submitting a job', () => {
  it('stores it, queues it and tells of it', async () => {
    const { service, store, queue, transitions } = makeService();
    const job = await service.submit(aRequest, 'a');
    expect(job).toMatchObject({ id: 'a', status: 'queued', ownerId: 'default', createdAt: 1_000 });
    expect(await store.get('a')).toEqual(job);
    expect(queue.depth()).toBe(1);
    expect(service.queued).toBe(1);
    expect(transitions).toEqual([{ jobId: 'a', to: 'queued', at: 1_000 }]);
  });

  it('mints an id where the caller has none', async () => {
    const { service } = makeService();
    const [first, second] = [await service.submit(aRequest), await service.submit(aRequest)];
    expect(first.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.id).not.toBe(first.id);
  });

  it('tells when the id is taken and nobody works on the job yet', async () => {
    const { service, store, queue } = makeService();
    let seen: unknown;
    const onStored = (): void => {
      seen = [queue.depth(), store.get('a')];
    };
    await service.submit(aRequest, 'a', { onStored });
    const [depth, stored] = seen as [number, Promise<unknown>];
    expect(depth).toBe(0);
    expect(await stored).toMatchObject({ id: 'a' });
  });

  it('refuses an id that is taken, without queueing, counting or telling anything', async () => {
    const { service, queue, transitions } = makeService();
    await service.submit(aRequest, 'a');
    let storedTwice = false;
    const onStored = (): void => {
      storedTwice = true;
    };
    await expect(service.submit(aRequest, 'a', { onStored })).rejects.toMatchObject({
      code: 'job.exists',
    });
    expect(storedTwice).toBe(false);
    expect(queue.depth()).toBe(1);
    expect(service.queued).toBe(1);
    expect(transitions).toHaveLength(1);
  });

  it('has neither a job nor a place for what could not be written with it', async () => {
    const { service, store } = makeService();
    const alongside = (): void => {
      throw new Error('no room');
    };
    await expect(service.submit(aRequest, 'a', { alongside })).rejects.toThrow('no room');
    expect(await store.get('a')).toBeUndefined();
    expect(service.queued).toBe(0);
  });

  it('refuses a job when the queue is full, and stores nothing of it', async () => {
    const { service, store } = makeService({ maxQueuedJobs: 1 });
    await service.submit(aRequest, 'a');
    await expect(service.submit(aRequest, 'b')).rejects.toMatchObject({
      code: 'queue.full',
      retryAfterS: 1,
    });
    expect(await store.get('b')).toBeUndefined();
  });

  it('refuses jobs once it was told to, for the first reason it was given', async () => {
    const { service } = makeService();
    expect(service.accepting).toBe(true);
    service.stopAccepting('The gateway is shutting down');
    service.stopAccepting('ComfyUI is gone');
    expect(service.accepting).toBe(false);
    await expect(service.submit(aRequest, 'a')).rejects.toMatchObject({
      code: 'queue.closed',
      message: 'The gateway is shutting down',
    });
    expect(await service.get('a')).toBeUndefined();
  });
});

describe('recording what happens to a job', () => {
  it('moves the job, stores it and tells of it', async () => {
    const { service, clock, transitions } = makeService();
    await service.submit(aRequest, 'a');
    await clock.advance(500);
    const running = await service.record('a', submitted);
    expect(running).toMatchObject({ status: 'running', version: 2 });
    expect(await service.get('a')).toEqual(running);
    expect(transitions.at(-1)).toEqual({ jobId: 'a', from: 'queued', to: 'running', at: 1_500 });
  });

  it('tells nothing of a fact that leaves the status as it is', async () => {
    const { service, transitions } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    await service.record('a', facts['execution-started']);
    expect(transitions.map(({ to }) => to)).toEqual(['queued', 'running']);
    expect(await service.get('a')).toMatchObject({ version: 3 });
  });

  it('loses no fact when several are told at once', async () => {
    const { service } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    await Promise.all([
      service.record('a', facts['prompt-id-adopted']),
      service.record('a', facts['execution-started']),
      service.record('a', facts['cancel-requested']),
    ]);
    expect(await service.get('a')).toMatchObject({
      status: 'canceling',
      version: 5,
      attempts: [{ promptId: 'prompt-by-engine', startedAt: 1_000 }],
    });
  });

  it('lets one of two endings win and refuses the other', async () => {
    const { service, transitions } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    const [first, second] = await Promise.allSettled([
      service.record('a', facts.succeeded),
      service.record('a', facts.failed),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'job.illegal_transition' } });
    expect(transitions.filter(({ to }) => to === 'succeeded' || to === 'failed')).toHaveLength(1);
  });

  it('tells why it failed', async () => {
    const { service, transitions } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    const failed = await service.record('a', facts.failed);
    expect(failed).toHaveProperty('failure.code');
    expect(transitions.at(-1)).toMatchObject({
      to: 'failed',
      failure: (failed as FailedJob).failure,
    });
  });

  it('gives up on a job that is never as it was read', async () => {
    const store = new RefusingStore();
    const { service } = makeService({}, store);
    await service.submit(aRequest, 'a');
    store.reason = new JobConflictError('a', 1);
    await expect(service.record('a', submitted)).rejects.toMatchObject({ code: 'job.conflict' });
    expect(service.queued).toBe(1);
  });

  it('refuses facts of a job that nobody knows', async () => {
    const { service } = makeService();
    await expect(service.record('nobody', submitted)).rejects.toMatchObject({
      code: 'job.not_found',
    });
  });

  it('counts a job as waiting until an engine has it, and again when its attempt was lost', async () => {
    const { service } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    expect(service.queued).toBe(0);
    await service.record('a', facts['attempt-lost']);
    expect(service.queued).toBe(1);
    await service.record('a', facts.failed);
    expect(service.queued).toBe(0);
  });
});

it('shows an ended job no longer than it is retained', async () => {
  const { store, queue, clock, bus } = makeService();
  const admission = new Admission({ maxQueuedJobs: 0, maxQueuedBytes: 0 });
  const service = new JobService(store, queue, admission, bus, clock, 5_000);
  await service.submit(aRequest, 'a');
  await service.record('a', facts.canceled, 'settled');
  const shown = async () => [
    (await service.get('a'))?.id,
    (await service.summary('a'))?.id,
    (await service.list({ limit: 1 }))[0]?.job.id,
  ];
  await clock.advance(5_000);
  expect(await shown()).toEqual(['a', 'a', 'a']);
  await clock.advance(1);
  expect(await shown()).toEqual([undefined, undefined, undefined]);
  await expect(service.cancel('a')).rejects.toMatchObject({ code: 'job.not_found' });
});

describe('the place of a job', () => {
  async function waiting(...ids: readonly string[]) {
    const world = makeService();
    for (const id of ids) await world.service.submit(aRequest, id);
    const claim = async () => (await world.queue.claim(new AbortController().signal))?.jobId;
    const places = () => ids.map((id) => world.service.position(id));
    return { ...world, claim, places };
  }

  it('is behind all that are being prepared, and that of one of those is among them', async () => {
    const { service, claim, places } = await waiting('a', 'b', 'c', 'd');
    expect(places()).toEqual([0, 1, 2, 3]);
    expect([await claim(), await claim()]).toEqual(['a', 'b']);
    expect(places()).toEqual([0, 1, 2, 3]);
    await service.record('a', submitted);
    expect(places()).toEqual([undefined, 0, 1, 2]);
    await service.cancel('b');
    expect(places()).toEqual([undefined, undefined, 0, 1]);
  });

  it('is one when it has to wait again', async () => {
    const { service, claim, places } = await waiting('a', 'b');
    await claim();
    await service.record('a', submitted);
    await service.record('a', facts['attempt-lost']);
    expect(places()).toEqual([0, 1]);
  });

  it('is none for what nobody knows, what was refused, and what has ended', async () => {
    const { service } = await waiting('a');
    await expect(service.submit(aRequest, 'a')).rejects.toMatchObject({ code: 'job.exists' });
    expect(service.position('a')).toBe(0);
    expect(service.position('nobody')).toBeUndefined();
    await service.cancel('a');
    expect(service.position('a')).toBeUndefined();
  });
});

describe('cancelling a job', () => {
  it('takes a waiting job out of the queue and ends it', async () => {
    const { service, queue } = makeService();
    await service.submit(aRequest, 'a');
    expect(await service.cancel('a')).toMatchObject({ status: 'canceled', endedAt: 1_000 });
    expect(queue.depth()).toBe(0);
    expect(service.queued).toBe(0);
  });

  it('leaves a waiting job where it waits when that cannot be written down', async () => {
    const store = new RefusingStore();
    const { service, queue } = makeService({}, store);
    await service.submit(aRequest, 'a');
    store.reason = new StateUnavailableError('the disk is full');
    await expect(service.cancel('a')).rejects.toMatchObject({ code: 'state.unavailable' });
    expect(queue.position('a')).toBe(0);
    store.reason = undefined;
    expect(await service.cancel('a')).toMatchObject({ status: 'canceled' });
    expect(queue.depth()).toBe(0);
  });

  it('has a waiting job out of the queue when it tells of the end', async () => {
    const { service, queue, bus } = makeService();
    await service.submit(aRequest, 'a');
    let depth: number | undefined;
    bus.subscribe('job-transitioned', ({ to }) => {
      if (to === 'canceled') depth = queue.depth();
    });
    await service.cancel('a');
    expect(depth).toBe(0);
  });

  it('asks for the end of a running job, once', async () => {
    const { service, transitions } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    expect(await service.cancel('a')).toMatchObject({ status: 'canceling' });
    expect(await service.cancel('a')).toMatchObject({ status: 'canceling', version: 3 });
    expect(transitions.map(({ to }) => to)).toEqual(['queued', 'running', 'canceling']);
  });

  it('returns an ended job as it is', async () => {
    const { service } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', facts.failed);
    expect(await service.cancel('a')).toMatchObject({ status: 'failed' });
  });

  it('returns a job that ends while the cancel is on its way as it ended', async () => {
    const { service } = makeService();
    await service.submit(aRequest, 'a');
    await service.record('a', submitted);
    const [canceled] = await Promise.all([
      service.cancel('a'),
      service.record('a', facts.succeeded),
    ]);
    expect(canceled).toMatchObject({ status: 'succeeded' });
  });

  it('knows no job of an id that was never submitted', async () => {
    const { service } = makeService();
    await expect(service.cancel('nobody')).rejects.toMatchObject({ code: 'job.not_found' });
  });
});

describe('restoring what an earlier life left', () => {
  async function left() {
    const world = makeService();
    const { store } = world;
    for (const id of ['c', 'a', 'b', 'd']) await store.insert(aJob(id));
    await store.update(afterFacts(aJob('a'), [submitted]));
    await store.update(afterFacts(aJob('d'), [facts.canceled]));
    return world;
  }

  it('queues again what waited, in its old order', async () => {
    const { service, queue } = await left();
    await service.restore();
    const { signal } = new AbortController();
    const claimed = [await queue.claim(signal), await queue.claim(signal)];
    expect(claimed.map((claim) => claim?.jobId)).toEqual(['c', 'b']);
    expect(service.queued).toBe(2);
  });

  it('hands over what was in an engine, and what has ended unsettled', async () => {
    const { service } = await left();
    const { queued, inEngine, unsettled } = await service.restore();
    expect(queued.map(({ id }) => id)).toEqual(['c', 'b']);
    expect(inEngine.map(({ id }) => id)).toEqual(['a']);
    expect(unsettled.map(({ id }) => id)).toEqual(['d']);
  });

  it('tells of every live job', async () => {
    const { service, transitions } = await left();
    await service.restore();
    expect(transitions.map(({ jobId, from, to }) => [jobId, from, to])).toEqual([
      ['c', undefined, 'queued'],
      ['a', undefined, 'running'],
      ['b', undefined, 'queued'],
    ]);
  });

  it('puts higher priorities first again', async () => {
    const { service, store, queue } = makeService();
    await store.insert(aJob('low'));
    await store.insert(aJob('high', { priority: 5 }));
    await service.restore();
    expect((await queue.claim(new AbortController().signal))?.jobId).toBe('high');
  });

  it('forgets what meant nothing beyond its life', async () => {
    const { service, store } = makeService();
    await store.insert(aJob('warmup-1', { transient: true }));
    expect((await service.restore()).queued).toEqual([]);
    expect(await store.get('warmup-1')).toBeUndefined();
  });

  it('hands over nothing that was settled', async () => {
    const { service, store } = await left();
    await store.settle('d');
    expect((await service.restore()).unsettled).toEqual([]);
  });
});
