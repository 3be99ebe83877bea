import { dirname, join } from 'node:path';

import { z } from 'zod';

import type { WorkflowHostConfig } from './host-modules';

/** What workflow files get for `config`, as of now and as plain as a thread can be sent it. */
export interface PlainConfig {
  readonly modelDir: string;
  readonly models: Readonly<Record<string, readonly string[]>>;
  readonly samplers: readonly string[];
  readonly schedulers: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
}

export function plainConfig(config: WorkflowHostConfig): PlainConfig {
  const { models, samplers, schedulers, ...settings } = config;
  const types = Object.entries(models);
  const [, known] = types[0] ?? [];
  return {
    modelDir: known ? dirname(known.dir) : '',
    models: Object.fromEntries(types.map(([type, { all }]) => [type, [...all]])),
    samplers: samplers.options,
    schedulers: schedulers.options,
    settings: Object.fromEntries(Object.entries(settings).filter(([, value]) => isPlain(value))),
  };
}

/** The same for files that are only tried: what it lists stays as it is. */
export function configOf(plain: PlainConfig): WorkflowHostConfig {
  const { warmupCkpt, ...settings } = plain.settings;
  const typeOf = (type: string): WorkflowHostConfig['models'][string] => {
    const all = plain.models[type] ?? [];
    return { dir: join(plain.modelDir, type), all, enum: z.enum(all) };
  };
  const known = Object.keys(plain.models).map((type) => [type, typeOf(type)] as const);
  return {
    ...settings,
    warmupCkpt: warmupCkpt as string | undefined,
    models: new Proxy<WorkflowHostConfig['models']>(Object.fromEntries(known), {
      get: (target, key, receiver) =>
        typeof key === 'string' && !(key in target)
          ? typeOf(key)
          : (Reflect.get(target, key, receiver) as unknown),
    }),
    samplers: z.enum(plain.samplers),
    schedulers: z.enum(plain.schedulers),
  };
}

function isPlain(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
