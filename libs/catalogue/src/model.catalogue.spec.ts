import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { silentLog } from '@gateway/kernel';

import { ModelCatalogue, type ModelSource } from './model.catalogue';

describe('ModelCatalogue', () => {
  let root: string;
  let modelDir: string;
  let isEngineReady: boolean;
  let source: ModelSource;
  let asked: string[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'models-'));
    modelDir = join(root, 'models');
    isEngineReady = false;
    asked = [];
    source = {
      modelFolders: () => Promise.resolve(['checkpoints', 'gguf', 'custom_nodes']),
      models: (folder) => {
        asked.push(folder);
        return Promise.resolve([`engine-${folder}.safetensors`]);
      },
    };
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  function catalogue(): ModelCatalogue {
    const isReady = (): boolean => isEngineReady;
    return new ModelCatalogue({ modelDir, source, isEngineReady: isReady, log: silentLog });
  }

  async function put(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await mkdir(dirname(join(modelDir, path)), { recursive: true });
      await writeFile(join(modelDir, path), 'weights');
    }
  }

  it('has a list for every type of ComfyUI, also without a model folder', async () => {
    const files = await catalogue().refresh();
    expect(files).toMatchObject({ checkpoints: [], loras: [], diffusion_models: [] });
    expect(Object.values(files).flat()).toEqual([]);
  });

  it('finds the files of every folder, at any depth, sorted', async () => {
    await put(
      'checkpoints/b.safetensors',
      'checkpoints/a.ckpt',
      'loras/ink/black/x.pt',
      'My/y.bin',
    );
    expect(await catalogue().refresh()).toMatchObject({
      checkpoints: ['a.ckpt', 'b.safetensors'],
      loras: ['ink/black/x.pt'],
      My: ['y.bin'],
      vae: [],
    });
  });

  it('passes over placeholders, hidden files and downloads under way', async () => {
    await put('vae/put_vae_here', 'vae/.cache', 'vae/x.part', 'vae/real.pt', '.git/config');
    const files = await catalogue().refresh();
    expect(files['vae']).toEqual(['real.pt']);
    expect(files).not.toHaveProperty('.git');
  });

  it('follows links to files and folders, and does not run in circles', async () => {
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere/big.safetensors'), 'weights');
    await put('checkpoints/a.pt');
    await symlink(join(root, 'elsewhere'), join(modelDir, 'loras'));
    await symlink(join(root, 'elsewhere/big.safetensors'), join(modelDir, 'checkpoints/linked.pt'));
    await symlink(join(modelDir, 'checkpoints'), join(modelDir, 'checkpoints/round'));
    await symlink(join(root, 'nowhere'), join(modelDir, 'checkpoints/broken.pt'));
    expect(await catalogue().refresh()).toMatchObject({
      checkpoints: ['a.pt', 'linked.pt'],
      loras: ['big.safetensors'],
    });
  });

  it('adds what the engine lists, which may have other folders', async () => {
    await put('checkpoints/a.pt');
    isEngineReady = true;
    const files = await catalogue().refresh();
    expect(files['checkpoints']).toEqual(['a.pt', 'engine-checkpoints.safetensors']);
    expect(files['gguf']).toEqual(['engine-gguf.safetensors']);
    expect(files).not.toHaveProperty('custom_nodes');
  });

  it('does without an engine that does not answer', async () => {
    await put('checkpoints/a.pt');
    isEngineReady = true;
    source = { ...source, models: () => Promise.reject(new Error('busy')) };
    expect((await catalogue().refresh())['checkpoints']).toEqual(['a.pt']);
  });

  it('looks once for all who ask at the same time', async () => {
    isEngineReady = true;
    const models = catalogue();
    const [first, second] = await Promise.all([models.refresh(), models.refresh()]);
    expect(second).toBe(first);
    expect(asked).toEqual(['checkpoints', 'gguf']);
  });

  it('knows a model that came after the last look, and no path that leaves its folder', async () => {
    const models = catalogue();
    await models.refresh();
    await put('checkpoints/sub/new.pt', 'loras/x.pt');
    expect(models.files['checkpoints']).toEqual([]);
    expect(models.has('checkpoints', 'sub/new.pt')).toBe(true);
    for (const name of [
      'old.pt',
      'sub',
      '',
      '.',
      '../loras/x.pt',
      'x\0',
      '/etc/passwd',
      'x'.repeat(300),
      'sub/new.pt/x',
    ]) {
      expect([name, models.has('checkpoints', name)]).toEqual([name, false]);
    }
  });
});
