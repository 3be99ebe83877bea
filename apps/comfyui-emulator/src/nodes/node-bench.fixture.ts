import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Folders } from '../folders';
import type { NodeClass, NodeContext, NodeInputs, NodeResult, PreviewImage } from './node-class';
import { nodeClasses } from './node-library';

/** Runs single nodes in folders of their own, for specs. */
export interface NodeBench {
  readonly folders: Folders;
  readonly progress: readonly { value: number; max: number; preview?: PreviewImage }[];
  readonly texts: readonly string[];
  run(classType: string, inputs?: NodeInputs): Promise<NodeResult>;
  runClass(node: NodeClass, inputs: NodeInputs): Promise<NodeResult>;
  /** First output of a run. */
  value<T>(classType: string, inputs?: NodeInputs): Promise<T>;
  listOutput(subfolder?: string): Promise<string[]>;
}

export async function aNodeBench(overrides: Partial<NodeContext> = {}): Promise<NodeBench> {
  const folders = await makeFolders();
  const progress: { value: number; max: number; preview?: PreviewImage }[] = [];
  const texts: string[] = [];
  const context: NodeContext = {
    nodeId: '1',
    folders,
    metadata: undefined,
    stepMs: 0,
    previews: false,
    progress: (value, max, preview) => {
      progress.push({ value, max, ...(preview && { preview }) });
      return Promise.resolve();
    },
    sendText: (text) => void texts.push(text),
    sleep: () => Promise.resolve(),
    ...overrides,
  };
  const run = async (classType: string, inputs: NodeInputs = {}): Promise<NodeResult> => {
    const node = nodeClasses.get(classType);
    if (node === undefined) throw new Error(`no class ${classType}`);
    return node.run(inputs, context);
  };
  return {
    folders,
    progress,
    texts,
    run,
    runClass: (node, inputs) => node.run(inputs, context),
    value: async <T>(classType: string, inputs: NodeInputs = {}) =>
      (await run(classType, inputs)).outputs[0] as T,
    listOutput: async (subfolder = '') => (await readdir(join(folders.output, subfolder))).sort(),
  };
}

/** Removes every bench's folders; each spec file does so after all of its tests. */
export async function removeNodeBenches(): Promise<void> {
  await Promise.all(bases.splice(0).map((base) => rm(base, { recursive: true, force: true })));
}

const bases: string[] = [];

async function makeFolders(): Promise<Folders> {
  const base = await mkdtemp(join(tmpdir(), 'emulator-nodes-'));
  bases.push(base);
  const names = ['input', 'output', 'temp', 'models'] as const;
  const paths = names.map((name) => [name, join(base, name)] as const);
  await Promise.all(paths.map(([, path]) => mkdir(path)));
  return { base, ...Object.fromEntries(paths) } as unknown as Folders;
}
