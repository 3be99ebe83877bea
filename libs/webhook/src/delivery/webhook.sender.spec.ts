import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

import { systemClock } from '@gateway/kernel';
import { eventually, FakeClock } from '@gateway/testing';

import { jsonBody } from '../body/json.body';
import { loopbackFetcher } from '../testing/loopback.fetcher';
import { aFile, type WatchedFile } from '../testing/prepared';
import { startReceiver, type Receiver } from '../testing/receiver';
import type { Message } from './delivery';
import { WebhookSender } from './webhook.sender';
import { WebhookSigner } from './webhook.signer';

const signer = new WebhookSigner(randomBytes(24).toString('base64'));
const options = { userAgent: 'gateway-spec', timeoutMs: 10_000 };
const fetcher = loopbackFetcher();
const signing = new WebhookSender(fetcher, { ...options, signer }, systemClock);
const plain = new WebhookSender(fetcher, options, systemClock);
const never = new AbortController().signal;

function messageWith(file: Pick<WatchedFile, 'sizeBytes'> & WatchedFile, url: string): Message {
  const body = jsonBody(['{"image":"', { base64: file }, '"}']);
  return { id: 'msg_1', url, trust: 'client', contract: 'standard-webhooks', body };
}

/** Reads as the first bytes once, and as the second ever after. */
function changing(first: Buffer, second: Buffer, size: 'known' | 'unknown'): WatchedFile {
  const file = aFile(first, { size });
  return {
    ...file,
    stream: () => {
      const stream = file.stream();
      stream.once('close', () => {
        file.become(second);
      });
      return stream;
    },
  };
}

describe('WebhookSender', () => {
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
  });

  afterEach(() => receiver.close());
  afterAll(() => fetcher.close());

  it('tells the status, and how long the receiver asks us to wait', async () => {
    const other = await startReceiver(() => ({ status: 503, headers: { 'retry-after': '7' } }));
    const outcome = await plain.send(messageWith(aFile(Buffer.from('x')), other.url), never);
    expect(outcome).toEqual({ kind: 'answered', status: 503, retryAfterMs: 7000 });
    await other.close();
  });

  it('takes a long answer for an answer', async () => {
    const body = 'x'.repeat(1_000_000);
    const headers = { 'content-length': String(body.length) };
    const talkative = await startReceiver(() => ({ status: 200, headers, body }));
    const outcome = await plain.send(messageWith(aFile(Buffer.from('x')), talkative.url), never);
    expect(outcome).toEqual({ kind: 'answered', status: 200 });
    await talkative.close();
  });

  it.each([
    { size: 'known', change: 'grows', second: 'hello, world' },
    { size: 'known', change: 'shrinks', second: 'hell' },
    { size: 'unknown', change: 'grows', second: 'hello, world' },
    { size: 'unknown', change: 'shrinks', second: 'h' },
    { size: 'unknown', change: 'is emptied', second: '' },
  ] as const)(
    'fails when a file of $size size $change between signing and sending',
    async ({ size, second }) => {
      const file = changing(Buffer.from('hello'), Buffer.from(second), size);
      const outcome = await signing.send(messageWith(file, receiver.url), never);
      expect(outcome).toMatchObject({ kind: 'failed', cause: { code: 'webhook.body_changed' } });
      expect(receiver.calls).toEqual([]);
      expect(
        (await signing.send(messageWith(aFile(Buffer.from('x')), receiver.url), never)).kind,
      ).toBe('answered');
    },
  );

  it('fails when a file cannot be read, and says so to nobody but us', async () => {
    const file = { ...aFile(Buffer.from('x')), stream: () => Readable.from(broken()) };
    for (const sender of [plain, signing]) {
      const outcome = await sender.send(messageWith(file, receiver.url), never);
      expect(outcome.kind).toBe('failed');
    }
    expect(receiver.calls).toEqual([]);
  });

  it('ends soon when it is aborted while a file that is signed does not go on', async () => {
    const stuck = new Readable({ read: () => undefined });
    const file = { ...aFile(Buffer.from('x')), stream: () => stuck };
    const abort = new AbortController();
    const sending = signing.send(messageWith(file, receiver.url), abort.signal);
    setImmediate(() => {
      abort.abort();
    });
    expect((await sending).kind).toBe('failed');
    expect(stuck.destroyed).toBe(true);
  });

  it('gives an attempt up whose file cannot even be read in time', async () => {
    const file = aFile(Buffer.from('x'));
    const stuck = { ...file, stream: () => new Readable({ read: () => undefined }) };
    const clock = new FakeClock();
    const slow = new WebhookSender(fetcher, { ...options, signer }, clock);
    const sending = slow.send(messageWith(stuck, receiver.url), never);
    await eventually(() => clock.pending === 1, 'it reads');
    await clock.advance(options.timeoutMs);
    expect((await sending).kind).toBe('failed');
    expect(clock.pending).toBe(0);
    expect(receiver.calls).toHaveLength(0);
  });

  it('leaves no file open when the attempt takes too long', async () => {
    const stuck = new Readable({ read: () => undefined });
    const file = { ...aFile(Buffer.from('x')), stream: () => stuck };
    const hasty = new WebhookSender(fetcher, { ...options, timeoutMs: 50 }, systemClock);
    expect((await hasty.send(messageWith(file, receiver.url), never)).kind).toBe('failed');
    expect(stuck.destroyed).toBe(true);
  });

  it('reads no more of a file than a receiver takes', async () => {
    const deaf = createServer((socket) => socket.pause());
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const url = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}/`;
    let readBytes = 0;
    const piece = Buffer.alloc(192 * 1024);
    const whole = 2000 * piece.length;
    function* pieces(): Generator<Buffer> {
      for (; readBytes < whole; readBytes += piece.length) yield piece;
    }
    const file = {
      ...aFile(Buffer.alloc(0)),
      sizeBytes: whole,
      stream: () => Readable.from(pieces(), { highWaterMark: 1 }),
    };
    const abort = new AbortController();
    const sending = plain.send(messageWith(file, url), abort.signal);
    let before = -1;
    await eventually(async () => {
      before = readBytes;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return readBytes > 0 && readBytes === before;
    }, 'reading stops');
    expect(readBytes).toBeLessThan(whole / 10);
    abort.abort();
    expect((await sending).kind).toBe('failed');
    deaf.close();
  });
});

function* broken(): Generator<Buffer> {
  yield Buffer.from('x');
  throw new Error('disk is gone');
}
