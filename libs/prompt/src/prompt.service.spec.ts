import type { JsonValue, ObjectInfo } from '@gateway/comfy-protocol';

import { someObjectInfo } from './testing/fake-engine';
import type { PromptCommand } from './prompt.service';
import { aGraph, PromptBench } from './testing/prompt-bench';

describe('PromptService', () => {
  let bench: PromptBench;

  beforeEach(async () => {
    bench = await PromptBench.set();
  });

  afterEach(() => bench.clear());

  async function ready(): Promise<void> {
    bench.engine.becomes('ready');
    await bench.engine.catalogue.refresh();
    await bench.engine.clock.advance(60_000);
    bench.engine.asked = 0;
  }

  function checkpoint(name: string): JsonValue {
    return {
      ...aGraph,
      '1': { class_type: 'Checkpoint', inputs: { ckpt_name: name } },
    };
  }

  function offering(...models: readonly string[]): ObjectInfo {
    return {
      ...someObjectInfo,
      Checkpoint: {
        ...someObjectInfo['EmptyImage']!,
        name: 'Checkpoint',
        input: { required: { ckpt_name: [models] } },
      },
    };
  }

  it('makes a queued job of a prompt, under the id of the caller or a minted one', async () => {
    await ready();
    const named = await bench.submit('order-1');
    const minted = await bench.submit('order-2', { id: undefined });
    expect(named.id).toBe('order-1');
    expect(minted.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await bench.jobs.get('order-1')).toMatchObject({
      status: 'queued',
      request: { prompt: aGraph, extraData: {}, sizeBytes: 10 },
    });
  });

  it('keeps what the caller asked for beside the graph', async () => {
    await ready();
    await bench.submit('a', {
      extraData: { client: 'x' },
      convertOutput: { format: 'webp', options: { quality: 50 } },
    });
    expect((await bench.jobs.get('a'))?.request).toMatchObject({
      extraData: { client: 'x' },
      convertOutput: { format: 'webp', options: { quality: 50 } },
    });
  });

  it('refuses at once what is no graph, even while the engine starts', async () => {
    await expect(bench.submit('a', { prompt: { nodes: [], links: [] } })).rejects.toMatchObject({
      code: 'prompt.ui_format',
    });
    expect(await bench.jobs.get('a')).toBeUndefined();
    expect(bench.executor.held.attachments).toBe(0);
  });

  it('lets a prompt wait for an engine that starts, without knowing what it offers', async () => {
    bench.engine.becomes('starting');
    await bench.submit('a', { prompt: checkpoint('unknown.safetensors') });
    expect(await bench.jobs.get('a')).toMatchObject({ status: 'queued' });
  });

  it('refuses at once what ComfyUI would refuse', async () => {
    await ready();
    const prompt = { ...aGraph, '1': { class_type: 'EmptyImage', inputs: { width: 0 } } };
    await expect(bench.submit('a', { prompt: prompt as JsonValue })).rejects.toMatchObject({
      code: 'prompt.refused',
      location: 'prompt.1.inputs.width',
    });
    expect(bench.engine.asked).toBe(0);
  });

  it('takes no prompt for an engine that is gone for good', async () => {
    bench.engine.becomes('failed', new Error('gave up'));
    await expect(bench.submit('a')).rejects.toMatchObject({ code: 'prompt.engine_unavailable' });
  });

  it('tells no sink of a job whose id is taken', async () => {
    await ready();
    await bench.submit('a');
    await expect(bench.submit('a')).rejects.toMatchObject({ code: 'job.exists' });
    expect(bench.executor.held.attachments).toBe(1);
  });

  describe('of a prompt that names what the catalogue does not know', () => {
    beforeEach(async () => {
      bench.engine.objectInfo = offering('old.safetensors');
      await ready();
    });

    it('asks the engine again, and takes the prompt when it came meanwhile', async () => {
      bench.engine.objectInfo = offering('old.safetensors', 'new.safetensors');
      await bench.submit('a', { prompt: checkpoint('new.safetensors') });
      expect(bench.engine.asked).toBe(1);
    });

    it('refuses it when the engine does not know it either', async () => {
      await expect(
        bench.submit('a', { prompt: checkpoint('never.safetensors') }),
      ).rejects.toMatchObject({
        code: 'prompt.refused',
        nodeErrors: { '1': { errors: [{ type: 'value_not_in_list' }] } },
      });
      expect(bench.engine.asked).toBe(1);
    });

    it('does not ask the engine for each of many that come at once', async () => {
      const refused = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          bench.submit(`a-${index}`, { prompt: checkpoint('never.safetensors') }),
        ),
      );
      expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
      await bench.engine.clock.advance(500);
      const tooSoon = bench.submit('b', { prompt: checkpoint('never.safetensors') });
      const outcome = tooSoon.catch((error: unknown) => error);
      await bench.engine.clock.advance(499);
      expect(bench.engine.asked).toBe(1);
      await bench.engine.clock.advance(1);
      expect(await outcome).toMatchObject({ code: 'prompt.refused' });
      expect(bench.engine.asked).toBe(2);
    });

    it('takes a prompt whose model came just after the engine was asked for another', async () => {
      const early = bench.submit('a', { prompt: checkpoint('new.safetensors') });
      await expect(early).rejects.toMatchObject({ code: 'prompt.refused' });
      bench.engine.objectInfo = offering('old.safetensors', 'new.safetensors');
      await bench.engine.clock.advance(50);
      const late = bench.submit('b', { prompt: checkpoint('new.safetensors') });
      await bench.engine.clock.advance(950);
      expect((await late).id).toBe('b');
      expect(bench.engine.asked).toBe(2);
    });

    it('asks nothing for what a newer catalogue could not mend', async () => {
      const prompt = { ...aGraph, '1': { class_type: 'EmptyImage', inputs: { width: 0 } } };
      await bench.submit('a', { prompt: prompt as JsonValue }).catch(() => undefined);
      expect(bench.engine.asked).toBe(0);
    });

    it('goes by what it knows while the engine restarts', async () => {
      bench.engine.becomes('backing-off');
      await expect(
        bench.submit('a', { prompt: checkpoint('new.safetensors') }),
      ).rejects.toMatchObject({ code: 'prompt.refused' });
      expect(bench.engine.asked).toBe(0);
      await bench.submit('b', { prompt: checkpoint('old.safetensors') });
    });
  });

  it('takes none on trust for a door that wants all checked at once', async () => {
    bench.engine.becomes('starting');
    await expect(bench.submit('a', { needsCatalogue: true })).rejects.toMatchObject({
      code: 'prompt.engine_not_ready',
    });
    bench.engine.becomes('ready');
    await bench.submit('a', { needsCatalogue: true });
    expect(bench.engine.asked).toBe(1);
    expect(await bench.jobs.get('a')).toMatchObject({ status: 'queued' });
  });

  describe('of a prompt that refers to assets', () => {
    const asset = (id?: string) => ({ __type: 'core/ASSET', info: { id } });
    const loading = (image: unknown): Partial<PromptCommand> => ({
      prompt: {
        ...aGraph,
        '1': { class_type: 'LoadImage', inputs: { image } },
      } as unknown as JsonValue,
    });

    beforeEach(async () => {
      await ready();
      bench.assets.files.set('photo', { filename: 'photo.png', bytes: Buffer.from('bytes') });
      bench.assets.models.set('model', 'mine.safetensors');
    });

    it('holds them for the job', async () => {
      await bench.submit('a', loading(asset('photo')));
      expect(bench.assets.held).toEqual(new Map([['a', ['photo']]]));
    });

    it.each([[asset('nobody')], [asset()], [{ deep: [asset('nobody')] }]])(
      'refuses one that is not there, and one that names none: %j',
      async (image) => {
        await expect(bench.submit('a', loading(image))).rejects.toMatchObject({
          code: 'input.missing_asset',
          location: 'prompt.1.inputs.image',
        });
        expect(bench.assets.held.size).toBe(0);
        expect(await bench.jobs.get('a')).toBeUndefined();
      },
    );

    it('leaves alone what the job that has the id holds', async () => {
      await bench.submit('a', loading(asset('photo')));
      await bench.submit('a', loading(asset('photo'))).catch(() => undefined);
      expect(bench.assets.held.has('a')).toBe(true);
    });

    it('calls a model by its name', async () => {
      bench.engine.objectInfo = offering('mine.safetensors');
      await bench.engine.catalogue.refresh();
      const prompt = {
        ...aGraph,
        '1': { class_type: 'Checkpoint', inputs: { ckpt_name: asset('model') } },
      };
      await bench.submit('a', { prompt: prompt as unknown as JsonValue });
      expect((await bench.jobs.get('a'))?.request.prompt['1']?.inputs).toEqual({
        ckpt_name: 'mine.safetensors',
      });
    });
  });

  it('interrupts a job that waits, and none that has ended or never was', async () => {
    await ready();
    await bench.submit('a');
    expect(await bench.service.interrupt('a')).toBe(true);
    expect(await bench.service.interrupt('a')).toBe(false);
    expect(await bench.service.interrupt('nobody')).toBe(false);
    expect(await bench.jobs.get('a')).toMatchObject({ status: 'canceled' });
  });

  it('cancels a job, and has no quarrel with one that is unknown or has ended', async () => {
    await ready();
    await bench.submit('a');
    await bench.service.cancel('a');
    await bench.service.cancel('a');
    await bench.service.cancel('nobody');
    expect(await bench.jobs.get('a')).toMatchObject({ status: 'canceled' });
  });
});
