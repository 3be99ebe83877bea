import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A throw-away ComfyUI base folder, with a checkpoint called `test.safetensors`. */
export interface Workspace {
  readonly base: string;
  readonly input: string;
  readonly output: string;
  readonly state: string;
  remove(): Promise<void>;
}

export async function makeWorkspace(): Promise<Workspace> {
  const base = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  const folder = async (...parts: readonly string[]): Promise<string> => {
    const path = join(base, ...parts);
    await mkdir(path, { recursive: true });
    return path;
  };
  const checkpoints = await folder('models', 'checkpoints');
  await writeFile(join(checkpoints, 'test.safetensors'), '');
  await folder('custom_nodes');
  await folder('workflows');
  return {
    base,
    input: await folder('input'),
    output: await folder('output'),
    state: join(base, 'state'),
    remove: () => rm(base, { recursive: true, force: true }),
  };
}
