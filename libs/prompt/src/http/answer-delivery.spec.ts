import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { JobSuccess, PreparedFile } from '@gateway/jobs';
import { FilePieces } from '@gateway/kernel';
import { eventually } from '@gateway/testing';
import fastify, { type FastifyInstance } from 'fastify';

import { statsOf } from '../prompt-stats';
import { aTiming } from '../testing/fake-engine-client';
import { deliver } from './answer-delivery';

const CHUNK = Buffer.alloc(64 * 1024, 'pixels');
const CHUNKS = 1_024;
/** What may be under way: in the socket's buffers on both sides, and a few pieces of our own. */
const MOST_UNDER_WAY = 16 * 1024 * 1024;

function aVideo(sizeBytes: number, stream: () => Readable): PreparedFile {
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    kind: 'file',
    nodeId: '2',
    type: 'video',
    filename: 'long.mp4',
    contentType: 'video/mp4',
    sizeBytes,
    stream,
    release: nothing,
    close: nothing,
  };
}

/** 64 MiB that are never there at once: they are made as they are taken, and counted. */
class CountedFile {
  made = 0;
  wasBrokenOff = false;

  get prepared(): PreparedFile {
    return aVideo(CHUNK.length * CHUNKS, () => Readable.from(this.chunks(), { objectMode: false }));
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
  let output: PreparedFile;
  let ends: string[];

  beforeEach(async () => {
    file = new CountedFile();
    output = file.prepared;
    ends = [];
    server = fastify();
    server.get('/', async (request, reply) => {
      const result: JobSuccess = {
        outcome: 'succeeded',
        jobId: 'job-1',
        prompt: {},
        outputs: [output],
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

  it('is what is in the file, though its memory serves others meanwhile', async () => {
    const bytes = randomBytes(5_000_000);
    const dir = await mkdtemp(join(tmpdir(), 'answer-'));
    const path = join(dir, 'long.mp4');
    await writeFile(path, bytes);
    output = aVideo(bytes.length, () => new FilePieces(path));
    const answers = await Promise.all(Array.from({ length: 8 }, answer));
    for (const body of await Promise.all(answers.map((response) => buffer(response)))) {
      const sent =
        accept === 'video/mp4'
          ? body
          : Buffer.from((JSON.parse(body.toString()) as { images: [string] }).images[0], 'base64');
      expect(sent.equals(bytes)).toBe(true);
    }
    await rm(dir, { recursive: true });
  });
});
