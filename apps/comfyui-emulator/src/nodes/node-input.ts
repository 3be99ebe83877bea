import type { InputConfig, InputOptions, JsonObject, JsonValue } from '@gateway/comfy-protocol';

import type { Folders } from '../folders';
import { NodeError } from './node-class';
import type { Audio, ImageBatch, Latent, MaskBatch, Opaque, Video } from './values';

/** One declared input: how it is listed, and how the value that arrives is read. */
export interface NodeInput<T> {
  readonly describe: (folders: Folders, schema: NodeSchema) => InputConfig;
  readonly read: (value: unknown) => T;
  /** The class checks this input itself (`VALIDATE_INPUTS`). */
  readonly check?: (value: JsonValue, folders: Folders) => true | string;
}

/** ComfyUI has two ways to declare a node; `/object_info` tells them apart. */
export type NodeSchema = 'v1' | 'v3';

/** Bounds and hints of a number, listed as given. */
export interface NumberOptions<T extends number | bigint = number> {
  readonly default?: T;
  readonly min?: T;
  readonly max?: T;
  readonly step?: number;
  readonly round?: number | false;
  readonly control_after_generate?: true;
  readonly display?: 'number' | 'color' | 'slider';
}

export const MAX_RESOLUTION = 16384;
export const MAX_SEED = 18446744073709551615n;

export function int(options: NumberOptions = {}): NodeInput<number> {
  return { describe: () => ['INT', { ...options }], read: (value) => Math.trunc(Number(value)) };
}

/** A pixel size with the defaults most nodes share. */
export function pixels(options: NumberOptions = {}): NodeInput<number> {
  return int({ default: 512, min: 1, max: MAX_RESOLUTION, ...options });
}

/** An INT that may not fit a double. */
export function longInt(options: NumberOptions<number | bigint>): NodeInput<number | bigint> {
  return {
    describe: () => ['INT', { ...options }],
    read: (value) => (typeof value === 'bigint' ? value : Number(value)),
  };
}

export function seed(): NodeInput<number | bigint> {
  return longInt({ default: 0, min: 0, max: MAX_SEED, control_after_generate: true });
}

export function float(options: NumberOptions<number | bigint> = {}): NodeInput<number> {
  return { describe: () => ['FLOAT', { ...options }], read: Number };
}

export function bool(options: { readonly default?: boolean } = {}): NodeInput<boolean> {
  return { describe: () => ['BOOLEAN', { ...options }], read: Boolean };
}

export interface TextOptions {
  readonly default?: string;
  readonly multiline?: boolean;
  readonly dynamicPrompts?: boolean;
  readonly placeholder?: string;
}

export function text(options: TextOptions = {}): NodeInput<string> {
  return {
    // V3 always says whether a text is multiline.
    describe: (_folders, schema) => [
      'STRING',
      schema === 'v3' ? { multiline: false, ...options } : { ...options },
    ],
    read: String,
  };
}

/** A combo whose choices are fixed, or read from the folders at each listing. */
export function choice(
  choices: readonly string[] | ((folders: Folders) => readonly string[]),
  options: JsonObject = {},
): NodeInput<string> {
  return {
    describe: (folders, schema) => {
      const listed = typeof choices === 'function' ? choices(folders) : choices;
      if (schema === 'v3') {
        return ['COMBO', { ...options, multiselect: false, options: listed }];
      }
      return Object.keys(options).length === 0 ? [listed] : [listed, options];
    },
    read: String,
  };
}

export const image = linked<ImageBatch>('IMAGE', 'image');
export const mask = linked<MaskBatch>('MASK', 'mask');
export const latent = linked<Latent>('LATENT', 'latent');
export const video = linked<Video>('VIDEO', 'video');
export const audio = linked<Audio>('AUDIO', 'audio');

/** An input that only ever holds a simulated object: MODEL, CLIP, VAE, CONDITIONING, … */
export function opaque(type: string): () => NodeInput<Opaque> {
  return linked<Opaque>(type, 'opaque');
}

export const model = opaque('MODEL');
export const clip = opaque('CLIP');
export const vae = opaque('VAE');
export const conditioning = opaque('CONDITIONING');

/** Takes whatever is linked or typed in. */
export function anything(type = '*', options: InputOptions = {}): NodeInput<unknown> {
  return { describe: () => [type, options], read: (value) => value };
}

function linked<T extends { readonly kind: string }>(
  type: string,
  kind: T['kind'],
): () => NodeInput<T> {
  return () => ({
    describe: (_folders, schema) => (schema === 'v3' ? [type, {}] : [type]),
    read: (value) => {
      if (isKind<T>(value, kind)) return value;
      // A literal in place of a link passes validation in ComfyUI too, and fails in the node.
      throw new NodeError('AttributeError', `'${typeof value}' object is not a valid ${type}`);
    },
  });
}

function isKind<T extends { readonly kind: string }>(value: unknown, kind: T['kind']): value is T {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
