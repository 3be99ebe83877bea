import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { aNodeBench, removeNodeBenches, type NodeBench } from '../nodes/node-bench.fixture';
import type { NodeInputs } from '../nodes/node-class';
import type { Audio, ImageBatch, Video } from '../nodes/values';

afterAll(removeNodeBenches);

/** Players judge the emulator's hand-written files better than we can. */
const hasFfprobe = spawnSync('ffprobe', ['-version']).status === 0;
const describeWithFfprobe = hasFfprobe ? describe : describe.skip;
const title = hasFfprobe
  ? 'media files of the emulator'
  : 'media files of the emulator (SKIPPED: ffprobe is not installed; apt-get install ffmpeg)';

interface Probe {
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly nb_read_frames: string;
  readonly durationS: number;
  readonly tags: Readonly<Record<string, string>>;
}

describeWithFfprobe(title, () => {
  const metadata = { prompt: { '1': { class_type: 'é' } }, extraPnginfo: {} };
  let bench: NodeBench;

  beforeAll(async () => {
    bench = await aNodeBench({ metadata });
  });

  describe.each([
    ['SaveVideo', 'mp4', 'mjpeg', { format: 'auto', codec: 'auto' }],
    ['SaveWEBM', 'webm', 'vp8', { codec: 'vp9', fps: 24, crf: 32 }],
  ])('%s', (classType, extension, codec, settings) => {
    it('writes every frame at its size, for as long as the frame rate says', async () => {
      const images = await aMovie(36);
      const video: Video = { kind: 'video', images, fps: 24 };
      const path = await save(classType, { images, video, ...settings }, extension);
      const probe = await ffprobe(path);
      expect(probe).toMatchObject({ codec_name: codec, width: 70, height: 50 });
      expect(probe.nb_read_frames).toBe('36');
      expect(probe.durationS).toBeCloseTo(1.5, 1);
    });
  });

  it('SaveVideo keeps the graph in the container', async () => {
    const video: Video = { kind: 'video', images: await aMovie(2), fps: 29.97 };
    const path = await save('SaveVideo', { video, format: 'mp4', codec: 'h264' }, 'mp4');
    expect((await ffprobe(path)).tags['prompt']).toBe('{"1": {"class_type": "\\u00e9"}}');
  });

  it.each([
    ['video/h264-mp4', 'mp4', 'mjpeg'],
    ['video/webm', 'webm', 'vp8'],
    ['image/gif', 'gif', 'gif'],
  ])('VHS_VideoCombine writes %s', async (format, extension, codec) => {
    const inputs = { images: await aMovie(6), frame_rate: 8, format, loop_count: 0 };
    const filename_prefix = `vhs-${extension}`;
    await bench.run('VHS_VideoCombine', {
      ...inputs,
      filename_prefix,
      pingpong: true,
      save_output: true,
    });
    const probe = await ffprobe(
      join(bench.folders.output, `${filename_prefix}_00001.${extension}`),
    );
    expect(probe).toMatchObject({ codec_name: codec, width: 70, height: 50, nb_read_frames: '10' });
  });

  it('SaveAnimatedPNG writes an APNG', async () => {
    const settings = { images: await aMovie(5), fps: 5, compress_level: 4 };
    const probe = await ffprobe(await save('SaveAnimatedPNG', settings, 'png'));
    expect(probe).toMatchObject({ codec_name: 'apng', width: 70, height: 50 });
    expect(probe.nb_read_frames).toBe('5');
  });

  describe.each([
    ['SaveAudio', 'flac', 'flac', {}],
    ['SaveAudioMP3', 'mp3', 'mp3', { quality: 'V0' }],
    ['SaveAudioMP3', 'mp3', 'mp3', { quality: '320k' }],
    ['SaveAudioOpus', 'opus', 'opus', { quality: '128k' }],
  ])('%s', (classType, extension, codec, settings) => {
    it.each([
      [48000, 2, 75.25],
      [44100, 1, 1],
    ])(
      'writes sound at %d Hz with %d channels for %d s',
      async (sampleRate, channels, durationS) => {
        const audio: Audio = { kind: 'audio', sampleRate, channels, durationS, digest: 'x' };
        const probe = await ffprobe(await save(classType, { audio, ...settings }, extension));
        const rate = codec === 'opus' ? 48000 : sampleRate;
        expect(probe).toMatchObject({ codec_name: codec, sample_rate: String(rate), channels });
        expect(Math.abs(probe.durationS - durationS)).toBeLessThan(0.05);
      },
    );
  });

  it('SaveAudio keeps a rate that FLAC has no code for', async () => {
    const audio: Audio = {
      kind: 'audio',
      sampleRate: 37800,
      channels: 2,
      durationS: 2,
      digest: 'x',
    };
    expect(await ffprobe(await save('SaveAudio', { audio }, 'flac'))).toMatchObject({
      sample_rate: '37800',
      durationS: 2,
    });
  });

  async function aMovie(length: number): Promise<ImageBatch> {
    const size = { width: 70, height: 50 };
    const frames = Array.from({ length }, (_, index) => Buffer.alloc(70 * 50 * 3, index * 5));
    return Promise.resolve({ kind: 'image', ...size, channels: 3, frames });
  }

  let saves = 0;

  async function save(classType: string, inputs: NodeInputs, extension: string): Promise<string> {
    const filename_prefix = `probe-${String(++saves)}`;
    await bench.run(classType, { ...inputs, filename_prefix });
    return join(bench.folders.output, `${filename_prefix}_00001_.${extension}`);
  }
});

/** Checksums that are wrong are errors, not warnings. */
const STRICT = ['-err_detect', 'crccheck+bitstream+buffer+explode'];

/** Decodes the whole file; any complaint of the decoder fails the test. */
async function ffprobe(path: string): Promise<Probe> {
  const run = promisify(execFile);
  const shown = 'stream=codec_name,width,height,sample_rate,channels,nb_read_frames';
  const what = ['-show_entries', `${shown}:format=duration:format_tags`, '-count_frames'];
  const { stdout, stderr } = await run('ffprobe', [
    '-v',
    'error',
    ...STRICT,
    ...what,
    '-of',
    'json',
    path,
  ]);
  expect(stderr).toBe('');
  const { streams, format } = JSON.parse(stdout) as {
    readonly streams: readonly Omit<Probe, 'durationS' | 'tags'>[];
    readonly format: { readonly duration?: string; readonly tags?: Probe['tags'] };
  };
  expect(streams).toHaveLength(1);
  return { ...streams[0]!, durationS: Number(format.duration), tags: format.tags ?? {} };
}
