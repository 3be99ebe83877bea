import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import { parseJson, stringifyJson } from '@gateway/comfy-protocol';
import type { JobSuccess, PreparedFile, PreparedOutput } from '@gateway/jobs';

import { statsOf } from '../prompt-stats';
import { aTiming } from '../testing/fake-engine-client';
import { answerJson } from './prompt-answer';

function aPreparedFile(filename: string, stream: () => Readable): PreparedFile {
  return {
    kind: 'file',
    nodeId: '2',
    type: 'image',
    filename,
    contentType: 'image/png',
    sizeBytes: undefined,
    stream,
    release: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function inChunks(bytes: Buffer, size: number): () => Readable {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    chunks.push(bytes.subarray(start, start + size));
  }
  return () => Readable.from(chunks);
}

function aResult(outputs: readonly PreparedOutput[]): JobSuccess {
  return {
    outcome: 'succeeded',
    jobId: 'job-1',
    prompt: { '1': { class_type: 'KSampler', inputs: { seed: 18_446_744_073_709_551_615n } } },
    outputs,
    stats: () => statsOf({ acceptedAt: 0 }, aTiming, 5),
    delivered: () => Promise.resolve(),
    abandoned: () => Promise.resolve(),
  };
}

async function textOf(result: JobSuccess): Promise<string> {
  let text = '';
  for await (const piece of answerJson(result)) text += piece.toString();
  return text;
}

async function imagesOf(result: JobSuccess): Promise<unknown> {
  return (JSON.parse(await textOf(result)) as { images: unknown }).images;
}

describe('answerJson', () => {
  it('is the JSON of files, texts, the graph that ran, and stats', async () => {
    const bytes = randomBytes(10);
    const text: PreparedOutput = { kind: 'text', nodeId: '9', text: 'a "cat"\n' };
    const file = aPreparedFile('sub/a.png', inChunks(bytes, 4));
    expect(JSON.parse(await textOf(aResult([text, file])))).toEqual({
      id: 'job-1',
      prompt: expect.anything(),
      images: [bytes.toString('base64')],
      filenames: ['sub/a.png'],
      outputs: [
        { node_id: '9', type: 'text', content_type: 'text/plain', text: 'a "cat"\n' },
        { node_id: '2', filename: 'sub/a.png', type: 'image', content_type: 'image/png' },
      ],
      stats: statsOf({ acceptedAt: 0 }, aTiming, 5),
    });
  });

  it('keeps the digits of a 64-bit seed', async () => {
    const text = await textOf(aResult([]));
    expect(text).toContain('"seed":18446744073709551615');
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('is whole without any file', async () => {
    expect(JSON.parse(await textOf(aResult([])))).toMatchObject({
      images: [],
      filenames: [],
      outputs: [],
    });
  });

  const CHUNK = 64 * 1024;
  const sizes = [0, 1, 2, 3, 4, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 2, 3 * CHUNK - 1, 3 * CHUNK];

  it.each(sizes)('holds a file of %i bytes as the base64 of the whole', async (size) => {
    const bytes = randomBytes(size);
    const files = [CHUNK, 1000, CHUNK - 2].map((chunk, index) =>
      aPreparedFile(`${index}.png`, inChunks(bytes, chunk)),
    );
    const expected = bytes.toString('base64');
    expect(await imagesOf(aResult(files))).toEqual([expected, expected, expected]);
  });

  it('is one piece when it is small, and never held whole when it is large', async () => {
    const small = aResult([aPreparedFile('a.png', inChunks(randomBytes(1000), 10))]);
    const pieces: Buffer[] = [];
    for await (const piece of answerJson(small)) pieces.push(piece);
    expect(pieces).toHaveLength(1);

    const large = aResult([aPreparedFile('a.png', inChunks(randomBytes(40 * CHUNK), CHUNK))]);
    for await (const piece of answerJson(large)) expect(piece.length).toBeLessThan(4 * CHUNK);
  });

  it('reads a file only when the one before it was taken', async () => {
    const opened: string[] = [];
    const file = (name: string): PreparedFile =>
      aPreparedFile(name, () => {
        opened.push(name);
        return inChunks(randomBytes(3 * CHUNK), CHUNK)();
      });
    const pieces = answerJson(aResult([file('a'), file('b')]));
    await pieces.next();
    expect(opened).toEqual(['a']);
    await pieces.return(undefined);
    expect(opened).toEqual(['a']);
  });

  it('fails when a file fails midway: no caller takes a part for the whole', async () => {
    function* breaking(): Generator<Buffer> {
      yield randomBytes(2 * CHUNK);
      throw new Error('the disk is gone');
    }
    const broken = aPreparedFile('a.png', () => Readable.from(breaking()));
    await expect(textOf(aResult([broken]))).rejects.toThrow('the disk is gone');
  });

  it('lets go of the file it reads when its reader leaves', async () => {
    const source = inChunks(randomBytes(10 * CHUNK), CHUNK)();
    const pieces = answerJson(aResult([aPreparedFile('a.png', () => source)]));
    await pieces.next();
    await pieces.return(undefined);
    expect(source.destroyed).toBe(true);
  });
});
