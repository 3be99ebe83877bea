import type { WorkflowConfig } from '@gateway/catalogue';

import type { AuthorConfig, AuthorSettings } from '../authoring/author-config';
import type * as Published from '../authoring/comfyui-gateway';
import { defineWorkflow } from '../authoring/workflow';
import { authorZod, type AuthorZod } from '../author-zod/author-zod';

/** What workflow files are told as `config`: the engine's choices and the gateway's settings. */
export type WorkflowHostConfig = WorkflowConfig & Partial<AuthorSettings>;

/** The modules that workflow files import and the host provides, by the name they import. */
export interface HostModules {
  /** The module, or undefined when the name is not the host's. */
  find(specifier: string): Readonly<Record<string, unknown>> | undefined;
}

/** `./config` too, but only where there is no such file: the caller looks there first. */
export function hostModules(config: WorkflowHostConfig): HostModules {
  const zod = authorZod();
  const given = authorConfig(config, zod);
  const configModule = withDefault(given);
  const gateway = { defineWorkflow, z: zod.module['z'], config: given };
  const named: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    zod: zod.module,
    'zod/v3': zod.module,
    'zod/v4': zod.module,
    'comfyui-gateway': withDefault(gateway satisfies Record<keyof typeof Published, unknown>),
  };
  return {
    find: (specifier) =>
      CONFIG.test(specifier)
        ? configModule
        : Object.hasOwn(named, specifier)
          ? named[specifier]
          : undefined,
  };
}

/** At any depth: where a file was written decides nothing about where it is mounted. */
const CONFIG = /^(\.\/|(\.\.\/)+)config(\.[cm]?[jt]s)?$/;

/** For `import config`, `import * as config`, `import { models }` and `require`. */
function withDefault(members: object): Readonly<Record<string, unknown>> {
  const module = Object.defineProperties(
    { default: members },
    Object.getOwnPropertyDescriptors(members),
  );
  return Object.freeze(Object.defineProperty(module, '__esModule', { value: true }));
}

/** A host need not have every setting: `generate-workflow` has none. */
type GivenConfig = Omit<AuthorConfig, keyof AuthorSettings> & Partial<AuthorSettings>;

/** The same, with schemas that have the authors' methods; the host's own are left alone. */
function authorConfig(config: WorkflowHostConfig, zod: AuthorZod): GivenConfig {
  const { models, samplers, schedulers } = config;
  return Object.freeze({
    ...config,
    models: authorModels(models, zod),
    samplers: zod.adopt(samplers.clone()),
    schedulers: zod.adopt(schedulers.clone()),
  });
}

type ModelType = WorkflowConfig['models'][string];

/** As a folder that is asked for is always there, authors need not ask whether it is. */
function authorModels(models: WorkflowConfig['models'], zod: AuthorZod): AuthorConfig['models'] {
  const adopted = new Map<unknown, ModelType>();
  return new Proxy(models, {
    get: (target, key) => {
      const type: unknown = Reflect.get(target, key);
      if (!isModelType(type)) return type;
      const known = adopted.get(type) ?? authorModelType(type, zod);
      adopted.set(type, known);
      return known;
    },
  }) as AuthorConfig['models'];
}

/** Its `all` stays a getter: the files of the moment. */
function authorModelType(type: ModelType, zod: AuthorZod): ModelType {
  const { enum: files, ...others } = Object.getOwnPropertyDescriptors(type);
  const schema = zod.adopt(type.enum.clone());
  return Object.defineProperties({} as ModelType, {
    ...others,
    enum: { value: schema, enumerable: files.enumerable ?? true },
  });
}

function isModelType(type: unknown): type is ModelType {
  return typeof type === 'object' && type !== null && 'enum' in type;
}
