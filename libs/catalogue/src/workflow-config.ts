import { join } from 'node:path';

import { comboOptions, SAMPLERS, SCHEDULERS, type ObjectInfo } from '@gateway/comfy-protocol';

import { inputConfig } from './input-traits';
import { liveEnum } from './live-enum';
import type { ModelCatalogue } from './model.catalogue';

type LiveEnum = ReturnType<typeof liveEnum>;

/** One kind of model, as workflow files see it. */
export interface ModelType {
  readonly dir: string;
  readonly all: readonly string[];
  readonly enum: LiveEnum;
}

/** What a workflow file is told about the engine: schemas that follow what is there. */
export interface WorkflowConfig {
  /** Every name answers, also one that has no folder (yet): its enum accepts nothing until then. */
  readonly models: Readonly<Record<string, ModelType>>;
  readonly samplers: LiveEnum;
  readonly schedulers: LiveEnum;
  /** The checkpoint of the warm-up prompt. */
  readonly warmupCkpt: string | undefined;
}

/** Until the engine was asked, samplers and schedulers are those that ComfyUI comes with. */
export function workflowConfig(parts: {
  readonly models: ModelCatalogue;
  readonly objectInfo: () => ObjectInfo | undefined;
  readonly warmupCheckpoint: string | undefined;
}): WorkflowConfig {
  const { models, objectInfo } = parts;
  const choices = (input: string, usual: readonly string[]): LiveEnum =>
    liveEnum({ list: () => choicesOf(objectInfo(), input) ?? usual });
  return Object.freeze({
    models: modelTypes(models),
    samplers: choices('sampler_name', SAMPLERS),
    schedulers: choices('scheduler', SCHEDULERS),
    warmupCkpt: parts.warmupCheckpoint,
  });
}

function choicesOf(info: ObjectInfo | undefined, input: string): readonly string[] | undefined {
  const config = info && inputConfig(info, 'KSampler', input);
  return config && comboOptions(config)?.filter((choice) => typeof choice === 'string');
}

function modelTypes(catalogue: ModelCatalogue): Readonly<Record<string, ModelType>> {
  const types = new Map<string, ModelType>();
  const typeOf = (type: string): ModelType => {
    const known = types.get(type) ?? modelType(catalogue, type);
    types.set(type, known);
    return known;
  };
  return new Proxy<Record<string, ModelType>>(
    {},
    {
      get: (_, key) => (typeof key === 'string' ? typeOf(key) : undefined),
      has: (_, key) => typeof key === 'string' && key in catalogue.files,
      ownKeys: () => Object.keys(catalogue.files),
      getOwnPropertyDescriptor: (_, key) =>
        typeof key === 'string' && key in catalogue.files
          ? { value: typeOf(key), enumerable: true, configurable: true }
          : undefined,
    },
  );
}

function modelType(catalogue: ModelCatalogue, type: string): ModelType {
  return {
    dir: join(catalogue.modelDir, type),
    get all() {
      return catalogue.files[type] ?? [];
    },
    enum: liveEnum({
      list: () => catalogue.files[type] ?? [],
      has: (name) => catalogue.has(type, name),
      whenNone: `There is nothing in models/${type} yet`,
    }),
  };
}
