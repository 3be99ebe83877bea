import { createHash, randomBytes } from 'node:crypto';

import type { JobResult, PreparedText, WebhookTarget } from '@gateway/jobs';
import { eventually, freePort, settle } from '@gateway/testing';
import { Webhook } from 'standardwebhooks';

import { aFile, aJob, aSuccess, STATS, SUBMITTED } from '../testing/prepared';
import { loopbackFetcher } from '../testing/loopback.fetcher';
import { startReceiver, type Receiver, type ReceivedCall, type Reply } from '../testing/receiver';
import { webhookBench, type WebhookBench } from '../testing/webhook-bench';
import type { WebhookOptions } from '../webhook.module-definition';

const caption: PreparedText = { kind: 'text', nodeId: '5', text: 'a cat' };
const canceled: JobResult = {
  outcome: 'failed',
  jobId: 'job-1',
  failure: { code: 'prompt.canceled', message: 'The prompt was canceled' },
};
const v1 = ({ url }: Pick<Receiver, 'url'>): WebhookTarget => ({ version: 1, url });
const v2 = ({ url }: Pick<Receiver, 'url'>): WebhookTarget => ({ version: 2, url });
const toldIn = (call: ReceivedCall | undefined): object => JSON.parse(call?.body ?? '') as object;

describe('deliveries of prompts', () => {
  const closing: (() => Promise<void>)[] = [];

  async function receiver(
    reply?: (call: ReceivedCall, number: number) => Reply | Promise<Reply>,
    port?: number,
  ): Promise<Receiver> {
    const started = await startReceiver(reply, port);
    closing.push(() => started.close());
    return started;
  }

  async function bench(options?: Partial<WebhookOptions>): Promise<WebhookBench> {
    const made = await webhookBench(options);
    closing.push(() => made.close());
    return made;
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  describe('what arrives', () => {
    it('is one call per output for version 1 and one in all for version 2', async () => {
      const [old, recent, at] = [await receiver(), await receiver(), await bench()];
      const result = aSuccess([aFile(Buffer.from('hello')), caption]);
      at.settle(result, v1(old), v2(recent));
      await at.finish();
      expect(old.calls.map(toldIn)).toMatchObject([
        { event: 'output.complete', image: 'aGVsbG8=', id: 'job-1' },
        { event: 'output.complete', text: 'a cat', id: 'job-1' },
      ]);
      expect(recent.calls.map(toldIn)).toMatchObject([
        { type: 'prompt.complete', id: 'job-1', images: ['aGVsbG8='] },
      ]);
      expect(result.told).toEqual(['delivered']);
      expect(at.log.lines).toEqual([]);
      for (const call of [...old.calls, ...recent.calls]) {
        expect(toldIn(call)).toMatchObject({ stats: STATS });
      }
    });

    it('is the failure, with the graph as it was submitted', async () => {
      const [old, recent, at] = [await receiver(), await receiver(), await bench()];
      at.settle(canceled, v1(old), v2(recent));
      await at.finish();
      const facts = { error: 'The prompt was canceled', id: 'job-1', prompt: SUBMITTED };
      expect(old.calls.map(toldIn)).toMatchObject([{ event: 'prompt.failed', ...facts }]);
      expect(recent.calls.map(toldIn)).toMatchObject([{ type: 'prompt.failed', ...facts }]);
    });

    it('has the time of its end, and is the same whenever it is sent', async () => {
      const [to, at] = [await receiver(), await bench()];
      const endedAt = Date.UTC(2026, 2, 1, 12);
      at.settle({ ...canceled, endedAt }, v2(to));
      at.settle({ ...aSuccess([caption], 'job-2'), endedAt, stats: () => STATS }, v2(to));
      await at.finish();
      await at.clock.advance(60_000);
      const next = await bench();
      await next.clock.advance(90_000);
      next.settle({ ...canceled, endedAt }, v2(to));
      next.settle({ ...aSuccess([caption], 'job-2'), endedAt, stats: () => STATS }, v2(to));
      await next.finish();
      expect(to.calls).toHaveLength(4);
      for (const call of to.calls) {
        expect(toldIn(call)).toMatchObject({ timestamp: '2026-03-01T12:00:00.000Z' });
      }
      const messages = to.calls.map(
        ({ headers, body }) => `${String(headers['webhook-id'])} ${body}`,
      );
      expect(new Set(messages).size).toBe(2);
    });

    it('comes as JSON of a known length, by a named client', async () => {
      const [to, at] = [await receiver(), await bench()];
      at.settle(aSuccess([aFile(randomBytes(300_000))]), v1(to));
      await at.finish();
      expect(to.calls[0]?.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(to.calls[0]?.body.length),
        'user-agent': 'gateway-spec',
      });
    });

    it('comes in chunks when a file does not know its size', async () => {
      const [to, at] = [await receiver(), await bench()];
      at.settle(aSuccess([aFile(Buffer.from('hello'), { size: 'unknown' })]), v1(to));
      await at.finish();
      expect(to.calls[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
      expect(toldIn(to.calls[0])).toMatchObject({ image: 'aGVsbG8=' });
    });

    it('is only what a target wants to hear of, as if it had named no webhook for the rest', async () => {
      const [to, at] = [await receiver(), await bench()];
      const failures: WebhookTarget = { ...v2(to), events: ['prompt.failed'] };
      const results: WebhookTarget = { ...v2(to), events: ['prompt.complete'] };
      const [unheard, heard] = [aSuccess([caption], 'job-2'), aSuccess([caption], 'job-3')];
      at.settle(unheard, failures);
      at.settle(heard, failures, results);
      at.settle(canceled, results, failures);
      await at.finish();
      const told = to.calls.map(toldIn) as readonly {
        readonly type: string;
        readonly id: string;
      }[];
      expect(told.map(({ type, id }) => `${id} ${type}`).sort()).toEqual([
        'job-1 prompt.failed',
        'job-3 prompt.complete',
      ]);
      // Nobody took its outputs.
      expect(unheard.told).toEqual(['abandoned']);
      expect(heard.told).toEqual(['delivered']);
      expect(at.log.lines).toEqual([]);
    });

    it('is nothing when the client named no webhook', async () => {
      const at = await bench();
      expect(at.sinks.open(aJob(undefined))).toBeUndefined();
      expect(at.sinks.open(aJob([]))).toBeUndefined();
    });

    it('arrives once, even if the sink is told twice', async () => {
      const [to, at] = [await receiver(), await bench()];
      const sink = at.sinks.open(aJob([v2(to)]));
      sink?.settle(canceled);
      sink?.settle(canceled);
      await at.finish();
      expect(to.calls).toHaveLength(1);
    });
  });

  describe('signatures', () => {
    const key = randomBytes(24).toString('base64');

    it.each([
      ['whsec_', `whsec_${key}`],
      ['plain', key],
    ])('of a %s secret are verified by the standard, also over megabytes', async (_, secret) => {
      const [to, at] = [await receiver(), await bench({ secret })];
      const size = 'unknown';
      at.settle(aSuccess([aFile(randomBytes(5_000_000)), aFile(randomBytes(9), { size })]), v2(to));
      at.settle(canceled, v2(to));
      await at.finish();
      expect(to.calls).toHaveLength(2);
      for (const { headers, body } of to.calls) {
        const told = new Webhook(secret).verify(body, headers as Record<string, string>);
        expect(told).toMatchObject({ id: 'job-1' });
        expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
      }
    });

    it('have one id in all attempts, and a time of each attempt', async () => {
      const later = { status: 503, headers: { 'retry-after': '2' } };
      const to = await receiver((_, number) => (number < 3 ? later : 200));
      const at = await bench({ secret: key });
      at.settle(aSuccess([caption]), v2(to));
      await at.finish();
      const headers = to.calls.map((call) => call.headers);
      expect(headers).toHaveLength(3);
      expect(new Set(headers.map((each) => each['webhook-id'])).size).toBe(1);
      expect(new Set(headers.map((each) => each['webhook-timestamp'])).size).toBe(3);
      for (const { headers, body } of to.calls) {
        new Webhook(key).verify(body, headers as Record<string, string>);
      }
      expect(new Set(to.calls.map(({ body }) => body)).size).toBe(1);
    });

    it('are not there in version 1, nor is anything else of the standard', async () => {
      const [to, at] = [await receiver(), await bench({ secret: key })];
      at.settle(aSuccess([caption]), v1(to));
      await at.finish();
      expect(standardHeaders(to.calls[0])).toEqual([]);
    });

    it('are not there without a secret, but the id that tells repetitions is', async () => {
      const to = await receiver((_, number) => (number === 1 ? 503 : 200));
      const at = await bench();
      at.settle(aSuccess([caption]), v2(to));
      await at.finish();
      expect(to.calls.map(standardHeaders)).toEqual([
        ['webhook-id', 'webhook-timestamp'],
        ['webhook-id', 'webhook-timestamp'],
      ]);
      expect(new Set(to.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(to.calls[0]?.headers['webhook-timestamp']).toMatch(/^\d{10}$/);
    });

    it('by a secret that is none do not let the application boot', async () => {
      await expect(webhookBench({ secret: '' })).rejects.toMatchObject({
        code: 'webhook.invalid_secret',
      });
    });
  });

  describe('retries', () => {
    it('reach a receiver that fails twice', async () => {
      const to = await receiver((_, number) => (number < 3 ? 500 : 200));
      const at = await bench();
      const result = aSuccess([caption]);
      at.settle(result, v1(to));
      await at.finish();
      expect(to.calls).toHaveLength(3);
      expect(result.told).toEqual(['delivered']);
      expect(at.log.lines).toEqual([]);
    });

    it('reach a receiver that was down', async () => {
      const port = await freePort();
      const at = await bench();
      const result = aSuccess([caption]);
      at.settle(result, { version: 2, url: `http://127.0.0.1:${port}/hook` });
      await eventually(() => at.clock.pending === 1, 'it waits for the next attempt');
      const to = await receiver(undefined, port);
      await at.finish();
      expect(to.calls).toHaveLength(1);
      expect(result.told).toEqual(['delivered']);
    });

    it('reach a receiver that hung, or broke off', async () => {
      const replies: Reply[] = ['hang', 'break', 200];
      const to = await receiver((_, number) => replies[number - 1] ?? 200);
      const at = await bench({ timeoutMs: 100 });
      const result = aSuccess([caption]);
      at.settle(result, v2(to));
      await at.finish();
      expect(to.calls).toHaveLength(3);
      expect(result.told).toEqual(['delivered']);
    });

    it('wait as long as the receiver asks', async () => {
      const headers = { 'retry-after': '70' };
      const to = await receiver((_, number) => (number === 1 ? { status: 429, headers } : 200));
      const at = await bench();
      at.settle(aSuccess([caption]), v2(to));
      await eventually(() => at.clock.pending === 1, 'it waits for the next attempt');
      await at.clock.advance(69_999);
      expect(at.clock.pending).toBe(1);
      await at.clock.advance(1);
      await eventually(() => at.deliveries.pending === 0, 'delivered');
      expect(to.calls).toHaveLength(2);
    });

    it('are as many as were allowed; then the files are kept, and one line tells it', async () => {
      const to = await receiver(() => 500);
      const at = await bench({ retries: 2 });
      const result = aSuccess([caption]);
      at.settle(result, { version: 2, url: to.url.replace('//', '//user:pass@') + '?key=secret' });
      await at.finish();
      expect(to.calls).toHaveLength(3);
      expect(result.told).toEqual(['abandoned']);
      expect(at.log.lines).toMatchObject([
        {
          level: 'error',
          facts: {
            jobId: 'job-1',
            givenUp: [
              { target: to.origin, version: 2, deliveries: '1 of 1', attempts: 3, status: 500 },
            ],
          },
        },
      ]);
      expect(JSON.stringify(at.log.lines)).not.toMatch(/secret|pass|user/);
    });

    it.each([
      ['404', (): Reply => 404, 404],
      ['400', (): Reply => 400, 400],
      [
        'a redirect that would change the method',
        (): Reply => ({ status: 302, headers: { location: '/elsewhere' } }),
        302,
      ],
    ])('are not made after %s', async (_, reply, status) => {
      const [to, at] = [await receiver(reply), await bench()];
      const result = aSuccess([caption]);
      at.settle(result, v2(to));
      await at.finish();
      expect(to.calls).toHaveLength(1);
      expect(result.told).toEqual(['abandoned']);
      expect(at.log.lines).toMatchObject([{ facts: { givenUp: [{ attempts: 1, status }] } }]);
    });

    it('tell of a dead receiver by codes, not by addresses', async () => {
      const at = await bench({ retries: 0 });
      const url = `http://127.0.0.1:${await freePort()}/hook?key=secret`;
      at.settle(canceled, { version: 1, url });
      await at.finish();
      expect(at.log.lines).toMatchObject([
        { facts: { givenUp: [{ attempts: 1, cause: expect.stringContaining('ECONNREFUSED') }] } },
      ]);
      expect(JSON.stringify(at.log.lines)).not.toContain('secret');
    });

    it('are not made for a URL that clients must not name', async () => {
      const [to, guarded] = [await receiver(), loopbackFetcher({ allowPrivateNetworks: false })];
      const at = await bench({ fetcher: guarded });
      at.settle(canceled, v2(to));
      await at.finish();
      expect(to.calls).toEqual([]);
      expect(at.log.lines).toMatchObject([
        { facts: { givenUp: [{ attempts: 1, cause: 'outbound.forbidden' }] } },
      ]);
      await guarded.close();
    });

    it('lose none of 500 when three of ten attempts fail', async () => {
      const attempts = new Map<string, number>();
      const to = await receiver(({ body }) => {
        const { id } = JSON.parse(body) as { id: string };
        const number = (attempts.get(id) ?? 0) + 1;
        attempts.set(id, number);
        return fate(`${id}/${number}`) < 0.3 ? 500 : 200;
      });
      const at = await bench({ retries: 12 });
      const results = Array.from({ length: 500 }, (_, index) =>
        aSuccess([aFile(randomBytes(2000))], `job-${index}`),
      );
      for (const result of results) at.settle(result, v2(to));
      expect(at.deliveries.pending).toBe(500);
      await at.finish();
      expect(results.filter(({ told }) => told.join() !== 'delivered')).toEqual([]);
      expect(attempts.size).toBe(500);
      expect(to.calls.length).toBeGreaterThan(600);
      expect(at.clock.pending).toBe(0);
    });
  });

  describe('the outputs of one job', () => {
    const outputs = () => ['1', '2', '3'].map((text) => aFile(Buffer.from(text)));

    it('go one after the other, in order, whatever the first takes', async () => {
      const seen: number[] = [];
      const to: Receiver = await receiver((_, number) => {
        seen.push(to.open());
        return number < 3 ? 503 : 200;
      });
      const at = await bench();
      at.settle(aSuccess(outputs()), v1(to));
      expect(at.deliveries.pending).toBe(3);
      await at.finish();
      const images = to.calls.map((call) => (toldIn(call) as { image: string }).image);
      expect(images.map((image) => Buffer.from(image, 'base64').toString())).toEqual([
        '1',
        '1',
        '1',
        '2',
        '3',
      ]);
      expect(seen).toEqual([1, 1, 1, 1, 1]);
    });

    it('do not wait for one that was given up, but all files are kept', async () => {
      const [to, at] = [await receiver((_, number) => (number === 2 ? 404 : 200)), await bench()];
      const result = aSuccess(outputs());
      at.settle(result, v1(to));
      await at.finish();
      expect(to.calls).toHaveLength(3);
      expect(result.told).toEqual(['abandoned']);
      expect(at.log.lines).toMatchObject([{ facts: { givenUp: [{ deliveries: '1 of 3' }] } }]);
    });

    it('are kept when one of two targets did not get them, and one line tells of it', async () => {
      const [good, bad, at] = [await receiver(), await receiver(() => 410), await bench()];
      const result = aSuccess(outputs());
      at.settle(result, v1(bad), v2(good));
      await at.finish();
      expect(result.told).toEqual(['abandoned']);
      expect(good.calls).toHaveLength(1);
      expect(at.log.lines).toHaveLength(1);
    });

    it('are not held open while they wait', async () => {
      const [to, at] = [await receiver(() => 503), await bench()];
      const files = outputs();
      at.settle(aSuccess(files), v1(to), v2(to));
      expect(files.map(({ seen }) => seen.released)).toEqual([1, 1, 1]);
      await eventually(() => at.clock.pending === 2, 'both wait for the next attempt');
      await settle();
      expect(files.map(({ seen }) => seen.open)).toEqual([0, 0, 0]);
      await at.finish();
    });

    it('are delivered although their owner cannot remove them', async () => {
      const [to, at] = [await receiver(), await bench()];
      const broken = new Error('disk is gone');
      at.settle({ ...aSuccess([caption]), delivered: () => Promise.reject(broken) }, v2(to));
      await at.finish();
      expect(to.calls).toHaveLength(1);
      expect(at.log.lines).toMatchObject([{ level: 'warn', facts: { err: broken } }]);
    });
  });

  describe('places', () => {
    it('are sixteen for each origin, and a hanging origin holds up no other', async () => {
      const [hanging, healthy] = [await receiver(() => 'hang'), await receiver()];
      const at = await bench();
      for (let index = 0; index < 40; index += 1) at.settle(canceled, v2(hanging));
      await eventually(() => hanging.calls.length === 16, 'all places are taken');
      at.settle(canceled, v2(healthy));
      await eventually(() => healthy.calls.length === 1, 'the healthy one is served');
      expect(hanging.calls).toHaveLength(16);
      await at.deliveries.drain(AbortSignal.abort());
    });

    it('are not held by who waits for a retry', async () => {
      const to = await receiver((_, number) => (number <= 16 ? 503 : 200));
      const at = await bench();
      for (let index = 0; index < 17; index += 1) at.settle(canceled, v2(to));
      await eventually(() => to.calls.length === 17, 'the 17th had its turn');
      expect(at.clock.pending).toBe(16);
      await at.finish();
    });
  });

  describe('draining', () => {
    it('waits for retries, and for what comes meanwhile', async () => {
      const to = await receiver((_, number) => (number < 2 ? 503 : 200));
      const at = await bench();
      at.settle(canceled, v2(to));
      let drained = false;
      const deadline = new AbortController();
      const draining = at.deliveries.drain(deadline.signal).then(() => (drained = true));
      await eventually(() => at.clock.pending === 1, 'it waits for the next attempt');
      at.settle(canceled, v2(to));
      expect(drained).toBe(false);
      await at.finish();
      await draining;
      expect(to.calls).toHaveLength(3);
    });

    it('ends at once when nothing is pending', async () => {
      await (await bench()).deliveries.drain(new AbortController().signal);
    });

    it('gives up the rest at the deadline: attempts, waits and lines', async () => {
      const [hanging, failing] = [await receiver(() => 'hang'), await receiver(() => 500)];
      const at = await bench();
      const results = Array.from({ length: 20 }, () => aSuccess([caption, caption]));
      for (const result of results) at.settle(result, v1(hanging), v2(failing));
      await eventually(() => hanging.calls.length === 16 && at.clock.pending === 20, 'all began');
      const deadline = new AbortController();
      const draining = at.deliveries.drain(deadline.signal);
      deadline.abort();
      await draining;
      expect(at.deliveries.pending).toBe(0);
      expect(at.clock.pending).toBe(0);
      expect(results.map(({ told }) => told.join())).toEqual(Array(20).fill('abandoned'));
      expect(at.log.lines.filter(({ level }) => level === 'error')).toHaveLength(20);
      await eventually(() => hanging.open() === 0, 'no request is left open');
      expect(hanging.calls).toHaveLength(16);
    });

    it('gives up at once what comes after the deadline', async () => {
      const [to, at] = [await receiver(), await bench()];
      await at.deliveries.drain(AbortSignal.abort());
      const result = aSuccess([caption]);
      at.settle(result, v1(to));
      await at.deliveries.drain(new AbortController().signal);
      expect(result.told).toEqual(['abandoned']);
      expect(to.calls).toEqual([]);
      expect(at.log.lines).toMatchObject([{ level: 'error', facts: { jobId: 'job-1' } }]);
    });
  });
});

function standardHeaders(call: ReceivedCall | undefined): readonly string[] {
  return Object.keys(call?.headers ?? {}).filter((name) => name.startsWith('webhook-'));
}

/** A number in [0, 1) that is the same for the same text. */
function fate(text: string): number {
  return createHash('sha256').update(`seed-1/${text}`).digest().readUInt32BE() / 2 ** 32;
}
