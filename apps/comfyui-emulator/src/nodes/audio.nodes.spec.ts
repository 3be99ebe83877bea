import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { aNodeBench, removeNodeBenches } from './node-bench.fixture';
import { nodeClasses } from './node-library';
import type { Audio } from './values';

afterAll(removeNodeBenches);

describe('sound', () => {
  it.each([
    ['SaveAudio', 'flac', {}],
    ['SaveAudioMP3', 'mp3', { quality: '128k' }],
    ['SaveAudioOpus', 'opus', { quality: '64k' }],
  ])('comes back from what %s wrote with its length', async (classType, extension, settings) => {
    const bench = await aNodeBench();
    const made = { duration: 2.5, sample_rate: 48000, channels: 1 };
    const audio = await bench.value<Audio>('EmptyAudio', made);
    const inputs = { audio, filename_prefix: 'audio/ComfyUI', ...settings };
    const { ui } = await bench.run(classType, inputs);
    const filename = `ComfyUI_00001_.${extension}`;
    expect(ui).toEqual({ audio: [{ filename, subfolder: 'audio', type: 'output' }] });

    const loaded = await bench.value<Audio>('LoadAudio', { audio: `audio/${filename} [output]` });
    expect(loaded).toMatchObject({ sampleRate: 48000, channels: 1 });
    expect(loaded.durationS).toBeCloseTo(2.5, 1);
  });

  it('is previewed as a temporary flac', async () => {
    const bench = await aNodeBench();
    const made = { duration: 1, sample_rate: 8000, channels: 2 };
    const audio = await bench.value<Audio>('EmptyAudio', made);
    const { ui } = await bench.run('PreviewAudio', { audio });
    const [item] = ui?.['audio'] as { filename: string; type: string }[];
    expect(item?.filename).toMatch(/^ComfyUI_temp_[a-z]{5}_00001_\.flac$/);
    expect(item?.type).toBe('temp');
  });

  it('in a wav file tells its length', async () => {
    const bench = await aNodeBench();
    const header = Buffer.alloc(44);
    header.write('RIFF');
    header.write('WAVEfmt ', 8);
    header.writeUInt16LE(2, 22);
    header.writeUInt32LE(8000, 24);
    header.writeUInt32LE(32000, 28);
    header.write('data', 36);
    header.writeUInt32LE(16000, 40);
    const content = Buffer.concat([header, Buffer.alloc(16000)]);
    await writeFile(join(bench.folders.input, 'x.wav'), content);
    const loaded = await bench.value<Audio>('LoadAudio', { audio: 'x.wav' });
    expect(loaded).toMatchObject({ sampleRate: 8000, channels: 2, durationS: 0.5 });
  });

  it('that is text fails as in PyAV, and a missing file is refused', async () => {
    const bench = await aNodeBench();
    await writeFile(join(bench.folders.input, 'x.wav'), 'just text');
    await expect(bench.run('LoadAudio', { audio: 'x.wav' })).rejects.toMatchObject({
      exceptionType: 'av.error.InvalidDataError',
    });
    const node = nodeClasses.get('LoadAudio');
    expect(node?.customCheck?.('audio', 'y.wav', bench.folders)).toBe('Invalid audio file: y.wav');
    expect(node?.describe(bench.folders).input.required).toEqual({
      audio: [['x.wav'], { audio_upload: true }],
    });
  });
});
