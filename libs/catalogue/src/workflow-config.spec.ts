import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SAMPLERS, type ObjectInfo } from '@gateway/comfy-protocol';
import { silentLog } from '@gateway/kernel';
import { z } from 'zod';

import { ModelCatalogue } from './model.catalogue';
import { workflowConfig } from './workflow-config';

describe('workflowConfig', () => {
  let modelDir: string;
  let models: ModelCatalogue;
  let objectInfo: ObjectInfo | undefined;

  beforeEach(async () => {
    modelDir = await mkdtemp(join(tmpdir(), 'models-'));
    objectInfo = undefined;
    const source = { modelFolders: () => Promise.resolve([]), models: () => Promise.resolve([]) };
    models = new ModelCatalogue({
      modelDir,
      source,
      isEngineReady: () => false,
      log: silentLog,
    });
  });

  afterEach(async () => {
    await rm(modelDir, { recursive: true });
  });

  const config = () =>
    workflowConfig({ models, objectInfo: () => objectInfo, warmupCheckpoint: 'warm.ckpt' });

  async function addCheckpoint(name: string): Promise<void> {
    await mkdir(join(modelDir, 'checkpoints'), { recursive: true });
    await writeFile(join(modelDir, 'checkpoints', name), 'weights');
  }

  it('gives the usual samplers and schedulers until the engine tells its own', () => {
    const { samplers, schedulers } = config();
    expect(samplers.options).toEqual([...SAMPLERS]);
    expect(schedulers.parse('karras')).toBe('karras');
    objectInfo = {
      KSampler: {
        name: 'KSampler',
        input: {
          required: {
            sampler_name: [['euler', 'my_sampler']],
            scheduler: ['COMBO', { options: ['my_scheduler'] }],
          },
        },
        output: [],
        output_node: false,
      },
    };
    expect(samplers.options).toEqual(['euler', 'my_sampler']);
    expect(schedulers.parse('my_scheduler')).toBe('my_scheduler');
    expect(schedulers.safeParse('karras').success).toBe(false);
  });

  it('knows each type of model by its folder, its files and a schema of them', async () => {
    await addCheckpoint('a.safetensors');
    await models.refresh();
    const { checkpoints } = config().models;
    expect(checkpoints).toMatchObject({
      dir: join(modelDir, 'checkpoints'),
      all: ['a.safetensors'],
    });
    expect(checkpoints?.enum.optional().parse('a.safetensors')).toBe('a.safetensors');
  });

  it('accepts a model that arrives later, in a schema that was made before', async () => {
    await models.refresh();
    const schema = z.object({ checkpoint: config().models['checkpoints']!.enum.optional() });
    expect(schema.safeParse({ checkpoint: 'late.pt' }).success).toBe(false);
    await addCheckpoint('late.pt');
    expect(schema.parse({ checkpoint: 'late.pt' })).toEqual({ checkpoint: 'late.pt' });
    await models.refresh();
    expect(JSON.stringify(z.toJSONSchema(schema))).toContain('late.pt');
  });

  it('has every type that is asked for, even one that nobody knows', () => {
    const unknown = config().models['no_such_type'];
    expect(unknown?.all).toEqual([]);
    expect(unknown?.enum.options).toEqual([]);
    expect(unknown?.enum.optional().default('x').parse(undefined)).toBe('x');
  });

  it('lists the types that are there, and gives the same object each time', () => {
    const types = config().models;
    expect(Object.keys(types)).toContain('checkpoints');
    expect('checkpoints' in types).toBe(true);
    expect('no_such_type' in types).toBe(false);
    expect(types['vae']).toBe(types['vae']);
    expect(Object.values(types)).toHaveLength(Object.keys(types).length);
  });

  it('tells the checkpoint of the warm-up', () => {
    expect(config().warmupCkpt).toBe('warm.ckpt');
  });
});
