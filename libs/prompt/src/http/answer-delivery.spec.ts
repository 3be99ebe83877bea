import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { JobSuccess, PreparedFile } from '@gateway/jobs';
import { eventually } from '@gateway/testing';
import fastify, { type FastifyInstance } from 'fastify';

import { statsOf } from '../prompt-stats';
import { aTiming } from '../testing/fake-engine-client';
import { deliver } from './answer-delivery';

const CHUNK = Buffer.alloc(64 * 1024, 'pixels');
const CHUNKS = 1_024;
/** What may be under way: in the socket's buffers on both sides, and a few pieces of our own. */
const MOST_UNDER_WAY = 16 * 1024 * 1024;

/** 64 MiB that are never there at once: they are made as they are taken, and counted. */
class CountedFile {
  made = 0;
  wasBrokenOff = false;

  get prepared(): PreparedFile {
    const nothing = (): Promise<void> => Promise.resolve();
    return {
      kind: 'file',
      nodeId: '2',
      type: 'video',
      filename: 'long.mp4',
      contentType: 'video/mp4',
      sizeBytes: CHUNK.length * CHUNKS,
      stream: () => Readable.from(this.chunks(), { objectMode: false }),
      release: nothing,
      close: nothing,
    };
  }

  private *chunks(): Generator<Buffer> {
    try {
      for (let n = 0; n < CHUNKS; n += 1) {
        this.made += CHUNK.length;
        yield CHUNK;
      }
    } finally {
      this.wasBrokenOff = this.made < CHUNK.length * CHUNKS;
    }
  }
}

describe.each([
  ['base64 in JSON', 'application/json', 4 / 3],
  ['its own bytes', 'video/mp4', 1],
])('an output that is sent as %s', (_how, accept, inflation) => {
  let server: FastifyInstance;
  let file: CountedFile;
  let ends: string[];

  beforeEach(async () => {
    file = new CountedFile();
    ends = [];
    server = fastify();
    server.get('/', async (request, reply) => {
      const result: JobSuccess = {
        outcome: 'succeeded',
        jobId: 'job-1',
        prompt: {},
        outputs: [file.prepared],
        stats: () => statsOf({ acceptedAt: 0 }, aTiming, 5),
        delivered: () => Promise.resolve(),
        abandoned: () => Promise.resolve(),
      };
      ends.push(await deliver(result, request, reply));
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterEach(() => server.close());

  async function answer(): Promise<IncomingMessage> {
    const { port } = server.server.address() as AddressInfo;
    const sent = ask({ host: '127.0.0.1', port, headers: { accept } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }

  it('is never held whole: it is made no faster than it is taken', async () => {
    const response = await answer();
    let taken = 0;
    let mostUnderWay = 0;
    for await (const piece of response) {
      taken += (piece as Buffer).length;
      mostUnderWay = Math.max(mostUnderWay, file.made - taken / inflation);
      await nextTurn();
    }
    expect(file.made).toBe(CHUNK.length * CHUNKS);
    expect(taken).toBeGreaterThanOrEqual(Math.floor(file.made * inflation));
    expect(mostUnderWay).toBeLessThan(MOST_UNDER_WAY);
    expect(ends).toEqual(['delivered']);
  });

  it('is not made to its end for a client who leaves', async () => {
    const response = await answer();
    await once(response, 'readable');
    response.destroy();
    await eventually(() => ends.length > 0, 'it has ended');
    expect(ends).toEqual(['abandoned']);
    expect(file.wasBrokenOff).toBe(true);
  });
});
