import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { decodeBinaryFrame, parseEngineMessage, type JsonObject } from '@gateway/comfy-protocol';

import { EngineClient } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { savePrompt } from './support/prompts';
import { isEndOf, RecordingClient } from './support/recording.client';

describe("the emulator's turbo mode", () => {
  const children: EmulatorChild[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'turbo-'));
  const text = { class_type: 'CLIPTextEncode', inputs: { text: 'a test', clip: ['1', 1] } };
  const sampled: JsonObject = {
    '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'test.safetensors' } },
    '2': text,
    '3': { class_type: 'EmptyLatentImage', inputs: { width: 16, height: 16, batch_size: 1 } },
    '4': {
      class_type: 'KSampler',
      inputs: {
        model: ['1', 0],
        positive: ['2', 0],
        negative: ['2', 0],
        latent_image: ['3', 0],
        seed: 1,
        steps: 4,
        cfg: 7,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
      },
    },
    '5': { class_type: 'VAEDecode', inputs: { samples: ['4', 0], vae: ['1', 2] } },
    '6': { class_type: 'SaveImage', inputs: { images: ['5', 0], filename_prefix: 'sampled' } },
    '7': { class_type: 'PreviewImage', inputs: { images: ['5', 0] } },
  };

  const launch = async (settings: string): Promise<[EngineClient, EmulatorChild]> => {
    const child = launchEmulator(['--turbo', settings]);
    children.push(child);
    return [new EngineClient(await child.url), child];
  };

  const placeCheckpoint = (baseDirectory: string): void => {
    mkdirSync(join(baseDirectory, 'models', 'checkpoints'), { recursive: true });
    writeFileSync(join(baseDirectory, 'models', 'checkpoints', 'test.safetensors'), '');
  };

  afterEach(async () => {
    for (const child of children.splice(0)) await child.stop();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives out copies of a file under the names that the prompt asks for', async () => {
    const file = join(folder, 'small.webp');
    writeFileSync(file, 'prepared');
    const [engine, { baseDirectory }] = await launch(`outputs@2,file@${file}`);
    const { outputs, status } = await engine.run(savePrompt(0, 'sub/made'));
    expect(status).toMatchObject({ completed: true, status_str: 'success' });
    const images = ['made_00001_.webp', 'made_00002_.webp'].map((filename) => {
      expect(readFileSync(join(baseDirectory, 'output', 'sub', filename), 'utf8')).toBe('prepared');
      return { filename, subfolder: 'sub', type: 'output' };
    });
    expect(outputs).toEqual({ '2': { images } });
    const view = await engine.get('/view?filename=made_00002_.webp&subfolder=sub&type=output');
    expect(view.text).toBe('prepared');
  });

  it('links a large file', async () => {
    const file = join(folder, 'large.png');
    writeFileSync(file, Buffer.alloc(300 * 1024));
    const [engine, { baseDirectory }] = await launch(`file@${file}`);
    await engine.run(savePrompt());
    const { size, ino } = statSync(join(baseDirectory, 'output', 'made_00001_.png'));
    expect({ size, ino }).toEqual({ size: 300 * 1024, ino: statSync(file).ino });
  });

  it('tells what a prompt whose inputs are cached tells, in its order', async () => {
    const [engine, { baseDirectory }] = await launch('steps@2');
    placeCheckpoint(baseDirectory);
    const client = await RecordingClient.connect(engine.url, 'me');
    const promptId = await engine.queue(sampled, { client_id: 'me' });
    await client.until(isEndOf(promptId));
    const told = client
      .messages()
      .filter(({ type }) => type !== 'status' && type !== 'progress_state')
      .map(({ type, data }) => {
        const { node, value, nodes } = data as JsonObject;
        return [type, nodes ?? node, value].filter((part) => part !== undefined);
      });
    expect(told).toEqual([
      ['execution_start'],
      ['execution_cached', ['1', '2', '3', '5']],
      ['executing', '4'],
      ['progress', '4', 1],
      ['progress', '4', 2],
      ['executing', '6'],
      ['executed', '6'],
      ['executing', '7'],
      ['executed', '7'],
      ['execution_success'],
      ['executing', null],
    ]);
    const messages = client.messages().map((message) => JSON.stringify(message));
    expect(messages.map((text) => parseEngineMessage(text))).not.toContain(undefined);
    client.close();
  });

  it('sends a preview with each step', async () => {
    const preview = join(folder, 'preview.jpg');
    writeFileSync(preview, 'a preview');
    const [engine, { baseDirectory }] = await launch(`steps@3,preview@${preview}`);
    placeCheckpoint(baseDirectory);
    const client = await RecordingClient.connect(engine.url, 'me');
    const promptId = await engine.queue(sampled, { client_id: 'me' });
    await client.until(isEndOf(promptId));
    const frames = client.all().filter((item) => Buffer.isBuffer(item));
    expect(frames.map(decodeBinaryFrame)).toEqual(
      [1, 2, 3].map(() => ({
        type: 'preview',
        format: 'image/jpeg',
        image: Buffer.from('a preview'),
      })),
    );
    client.close();
  });

  it('runs as many prompts side by side as it is told to, and checks each first', async () => {
    const [engine] = await launch('delay@60000,parallel@2');
    for (const color of [1, 2, 3]) await engine.queue(savePrompt(color));
    const { json } = await engine.get('/queue');
    expect(json['queue_running']).toHaveLength(2);
    expect(json['queue_pending']).toHaveLength(1);
    expect((await engine.post('/prompt', { prompt: {} })).status).toBe(400);
  });

  it('is set anew while it runs', async () => {
    const [engine] = await launch('outputs@0');
    const set = (turbo: string) =>
      engine.send('/emulator/turbo', { method: 'PUT', body: JSON.stringify({ turbo }) });
    expect((await engine.run(savePrompt()))['outputs']).toEqual({ '2': { images: [] } });
    expect((await set('outputs@3')).json).toMatchObject({ turbo: { outputs: 3, parallel: 1 } });
    const { outputs } = await engine.run(savePrompt());
    expect((outputs as Record<string, { images: unknown }>)['2']?.images).toHaveLength(3);
    expect((await set('speed@3')).json['error']).toContain('speed@3');
    expect((await set(`file@${folder}/none.png`)).status).toBe(400);
  });
});
