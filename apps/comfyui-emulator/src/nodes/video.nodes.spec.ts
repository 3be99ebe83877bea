import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { aNodeBench, removeNodeBenches, type NodeBench } from './node-bench.fixture';
import { nodeClasses } from './node-library';
import type { ImageBatch, Video } from './values';

afterAll(removeNodeBenches);

describe('videos', () => {
  it('come back from their file with the frames and rate they were saved with', async () => {
    const bench = await aNodeBench();
    const video = await bench.value<Video>('CreateVideo', { images: aMovie(), fps: 12 });
    const saved = await saveVideo(bench, video);
    expect(saved).toEqual({ filename: 'clip_00001_.mp4', subfolder: 'video', type: 'output' });

    const file = 'video/clip_00001_.mp4 [output]';
    const loaded = await bench.value<Video>('LoadVideo', { file });
    const { outputs } = await bench.run('GetVideoComponents', { video: loaded });
    const [images, audio, fps] = outputs as [ImageBatch, unknown, number];
    expect([images.width, images.height, images.frames.length]).toEqual([16, 12, 4]);
    expect(images.frames.map((frame) => Math.round(frame[0]! / 10))).toEqual([0, 5, 10, 15]);
    expect(audio).toBeNull();
    expect(fps).toBeCloseTo(12);
  });

  it('take the missing sound of another video for none', async () => {
    const bench = await aNodeBench();
    const inputs = { images: aMovie(), fps: 12, audio: null };
    expect(await bench.value<Video>('CreateVideo', inputs)).not.toHaveProperty('audio');
  });

  it('of a foreign codec are simulated at their own size, length and rate', async () => {
    const bench = await aNodeBench();
    await saveVideo(bench, { kind: 'video', images: aMovie(), fps: 8 });
    const content = await readFile(join(bench.folders.output, 'video/clip_00001_.mp4'));
    // Another object type: no longer JPEG as far as the container says.
    content[content.indexOf(Buffer.from([0x6c, 0x11]))] = 0x20;
    await writeFile(join(bench.folders.input, 'foreign.mp4'), content);
    const first = await bench.value<Video>('LoadVideo', { file: 'foreign.mp4' });
    const again = await bench.value<Video>('LoadVideo', { file: 'foreign.mp4' });
    expect([first.images.width, first.images.height, first.images.frames.length]).toEqual([
      16, 12, 4,
    ]);
    expect(first.fps).toBeCloseTo(8);
    expect(first.images.frames).toEqual(again.images.frames);
  });

  it('that are text fail as in PyAV', async () => {
    const bench = await aNodeBench();
    await writeFile(join(bench.folders.input, 'x.mp4'), 'just text');
    await expect(bench.run('LoadVideo', { file: 'x.mp4' })).rejects.toMatchObject({
      exceptionType: 'av.error.InvalidDataError',
    });
    const check = nodeClasses.get('LoadVideo')?.customCheck;
    expect(check?.('file', 'missing.mp4', bench.folders)).toBe('Invalid video file: missing.mp4');
  });
});

describe('VHS nodes', () => {
  it('combine frames into a numbered file and its first picture, listed under gifs', async () => {
    const bench = await aNodeBench({ metadata: { prompt: { a: 1 }, extraPnginfo: {} } });
    const combine = () =>
      bench.run('VHS_VideoCombine', {
        ...{ images: aMovie(), frame_rate: 8, loop_count: 0, filename_prefix: 'x/AnimateDiff' },
        ...{ format: 'video/h264-mp4', pingpong: false, save_output: true },
      });
    await combine();
    const { ui } = await combine();
    expect(ui).toEqual({
      gifs: [
        {
          filename: 'AnimateDiff_00002.mp4',
          subfolder: 'x',
          type: 'output',
          format: 'video/h264-mp4',
          frame_rate: 8,
          workflow: 'AnimateDiff_00002.png',
          fullpath: join(bench.folders.output, 'x/AnimateDiff_00002.mp4'),
        },
      ],
    });
    expect(await bench.listOutput('x')).toEqual(
      [1, 2].flatMap((n) => [`AnimateDiff_0000${n}.mp4`, `AnimateDiff_0000${n}.png`]),
    );
    const still = await readFile(join(bench.folders.output, 'x/AnimateDiff_00001.png'));
    expect(still.includes('prompt\0{"a": 1}')).toBe(true);
  });

  it('show the file that would have sound when there is some', async () => {
    const bench = await aNodeBench();
    const audio = await bench.value('EmptyAudio', { duration: 1, sample_rate: 8000, channels: 1 });
    const { ui, outputs } = await bench.run('VHS_VideoCombine', {
      ...{ images: aMovie(), audio, frame_rate: 8, loop_count: 0, filename_prefix: 'x' },
      ...{ format: 'video/h264-mp4', pingpong: false, save_output: false },
    });
    expect(ui?.['gifs']).toMatchObject([{ filename: 'x_00001-audio.mp4', type: 'temp' }]);
    const named = ['x_00001.png', 'x_00001.mp4', 'x_00001-audio.mp4'];
    expect(outputs).toEqual([[false, named.map((name) => join(bench.folders.temp, name))]]);
  });

  it('load the animated picture that was combined', async () => {
    const bench = await aNodeBench();
    await bench.run('VHS_VideoCombine', {
      ...{ images: aMovie(), frame_rate: 5, loop_count: 0, filename_prefix: 'x' },
      ...{ format: 'image/gif', pingpong: false, save_output: true },
    });
    const loaded = await bench.value<Video>('LoadVideo', { file: 'x_00001.gif [output]' });
    expect([loaded.fps, loaded.images.width, loaded.images.frames.length]).toEqual([5, 16, 4]);
  });

  it('load part of a video at another size', async () => {
    const bench = await aNodeBench();
    await saveVideo(bench, { kind: 'video', images: aMovie(), fps: 8 });
    const { outputs } = await bench.run('VHS_LoadVideo', {
      video: 'video/clip_00001_.mp4 [output]',
      ...{ force_rate: 0, custom_width: 8, custom_height: 0 },
      ...{ frame_load_cap: 2, skip_first_frames: 1, select_every_nth: 2 },
    });
    const [images, count] = outputs as [ImageBatch, number];
    expect([images.width, images.height, count]).toEqual([8, 6, 2]);
    expect(images.frames.map((frame) => Math.round(frame[0]! / 10))).toEqual([5, 15]);
  });

  it('load a folder of pictures as one batch', async () => {
    const bench = await aNodeBench();
    await mkdir(join(bench.folders.input, 'shots'));
    for (const [name, width] of [
      ['b.png', 4],
      ['a.png', 8],
    ] as const) {
      const create = { width, height: 6, channels: 3, background: 'red' } as const;
      await sharp({ create }).toFile(join(bench.folders.input, 'shots', name));
    }
    const { outputs } = await bench.run('VHS_LoadImages', { directory: 'shots' });
    const [images, , count] = outputs as [ImageBatch, unknown, number];
    expect([images.width, images.height, images.frames.length, count]).toEqual([8, 6, 2, 2]);
    const missing = bench.run('VHS_LoadImagesPath', { directory: '/nowhere/to/be/found' });
    await expect(missing).rejects.toMatchObject({ exceptionType: 'FileNotFoundError' });
  });
});

function aMovie(): ImageBatch {
  const frames = [0, 50, 100, 150].map((value) => Buffer.alloc(16 * 12 * 3, value));
  return { kind: 'image', width: 16, height: 12, channels: 3, frames };
}

async function saveVideo(bench: NodeBench, video: Video): Promise<unknown> {
  const settings = { filename_prefix: 'video/clip', format: 'auto', codec: 'auto' };
  const { ui } = await bench.run('SaveVideo', { video, ...settings });
  expect(ui?.['animated']).toEqual([true]);
  return (ui?.['images'] as unknown[])[0];
}
