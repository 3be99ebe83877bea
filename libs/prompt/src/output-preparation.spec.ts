import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import type { OutputItem } from '@gateway/comfy-protocol';
import { OutputFormats, type OutputConversion } from '@gateway/media';
import type { PreparedFile, PreparedOutput } from '@gateway/jobs';
import sharp from 'sharp';

import { closeOutputs, prepareOutputs } from './output-preparation';
import { Slots } from './slots';
import { aFile, aText } from './testing/fake-engine';
import { MemoryEngineFiles } from './testing/memory.engine-files';

describe('prepareOutputs', () => {
  let files: MemoryEngineFiles;
  let spoolDir: string;
  let picture: Buffer;

  beforeAll(async () => {
    const create = { width: 16, height: 16, channels: 3 as const, background: '#08f' };
    picture = await sharp({ create }).png().toBuffer();
  });

  beforeEach(async () => {
    files = new MemoryEngineFiles();
    spoolDir = await mkdtemp(join(tmpdir(), 'prepare-'));
  });

  afterEach(async () => {
    await rm(spoolDir, { recursive: true });
  });

  function prepare(
    items: readonly OutputItem[],
    conversion?: OutputConversion,
  ): Promise<readonly PreparedOutput[]> {
    const { signal } = new AbortController();
    const converting = new Slots(2);
    return prepareOutputs(items, {
      jobId: 'a',
      files,
      conversion,
      spoolDir,
      formats: new OutputFormats(),
      converting,
      signal,
    });
  }

  function filesOf(outputs: readonly PreparedOutput[]): readonly PreparedFile[] {
    return outputs.filter((output) => output.kind === 'file');
  }

  it('opens every file and keeps every text, in the order they stand', async () => {
    files.write('a.png', picture);
    files.write('sub/b.mp4', 'film');
    const outputs = await prepare([
      aFile('a.png'),
      aText('a cat'),
      aFile('b.mp4', { subfolder: 'sub', nodeId: '5' }),
    ]);
    expect(outputs).toMatchObject([
      {
        kind: 'file',
        nodeId: '2',
        type: 'image',
        filename: 'a.png',
        contentType: 'image/png',
        sizeBytes: picture.length,
      },
      { kind: 'text', nodeId: '9', text: 'a cat' },
      { kind: 'file', nodeId: '5', type: 'video', filename: 'sub/b.mp4', sizeBytes: 4 },
    ]);
    expect((await buffer(filesOf(outputs)[0]!.stream())).equals(picture)).toBe(true);
    await closeOutputs(outputs);
    expect(files.openCount).toBe(0);
  });

  it('lets go of all that it opened when one file is missing', async () => {
    files.write('a.png', picture);
    files.write('c.png', picture);
    await expect(prepare([aFile('a.png'), aFile('b.png'), aFile('c.png')])).rejects.toMatchObject({
      code: 'comfy.output_missing',
    });
    expect(files.openCount).toBe(0);
  });

  it('lets go of all that it opened and converted when one picture is broken', async () => {
    files.write('a.png', picture);
    files.write('b.png', 'not a picture');
    await expect(
      prepare([aFile('a.png'), aFile('b.png')], { format: 'webp' }),
    ).rejects.toMatchObject({ code: 'output.conversion_failed', filename: 'b.png' });
    expect(files.openCount).toBe(0);
    expect(await readdir(spoolDir)).toEqual([]);
  });

  it('converts pictures, and only them', async () => {
    files.write('sub/a.png', picture);
    files.write('b.mp4', 'film');
    const outputs = await prepare([aFile('a.png', { subfolder: 'sub' }), aFile('b.mp4')], {
      format: 'webp',
    });
    const [image, film] = filesOf(outputs);
    expect(image).toMatchObject({
      filename: 'sub/a.webp',
      contentType: 'image/webp',
      type: 'image',
    });
    expect(film).toMatchObject({ filename: 'b.mp4', contentType: 'video/mp4' });
    const bytes = await buffer(image!.stream());
    expect(bytes).toHaveLength(image!.sizeBytes!);
    expect((await sharp(bytes).metadata()).format).toBe('webp');
    await closeOutputs(outputs);
  });

  it('converts pictures that share a name from different folders without mixing them up', async () => {
    files.write('a.png', picture);
    files.write('sub/a.png', picture);
    const outputs = await prepare([aFile('a.png'), aFile('a.png', { subfolder: 'sub' })], {
      format: 'png',
    });
    expect(await readdir(spoolDir)).toHaveLength(2);
    await closeOutputs(outputs);
  });

  it('keeps a converted picture for its next reader, until it is let go of', async () => {
    files.write('a.png', picture);
    const [image] = filesOf(await prepare([aFile('a.png')], { format: 'jpeg' }));
    const first = await buffer(image!.stream());
    await image!.release();
    expect((await buffer(image!.stream())).equals(first)).toBe(true);
    await image!.close();
    expect(await readdir(spoolDir)).toEqual([]);
    expect(files.openCount).toBe(0);
  });

  it('reads a file anew for each reader, and holds it open for the first alone', async () => {
    files.write('a.png', picture);
    const [image] = filesOf(await prepare([aFile('a.png')]));
    for (let reader = 1; reader <= 3; reader += 1) {
      expect((await buffer(image!.stream())).equals(picture)).toBe(true);
      expect(files.openCount).toBe(0);
    }
  });

  it('holds nothing open while it waits for a reader who takes his time', async () => {
    files.write('a.png', picture);
    const [image] = filesOf(await prepare([aFile('a.png')]));
    expect(files.openCount).toBe(1);
    await image!.release();
    expect(files.openCount).toBe(0);
    files.outputs.delete('a.png');
    await expect(buffer(image!.stream())).rejects.toMatchObject({ code: 'comfy.output_missing' });
  });

  it('removes a converted picture that nobody read', async () => {
    files.write('a.png', picture);
    await closeOutputs(await prepare([aFile('a.png')], { format: 'jpeg' }));
    expect(await readdir(spoolDir)).toEqual([]);
  });
});
