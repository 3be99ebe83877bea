import type { NodeId } from '@gateway/comfy-protocol';

/** What an input means to the caller; the order here is the order in the file. */
export const INPUT_KINDS = [
  'prompt',
  'negative_prompt',
  'image',
  'mask',
  'video',
  'audio',
  'file',
  'width',
  'height',
  'length',
  'num_frames',
  'seconds',
  'batch_size',
  'seed',
  'steps',
  'cfg_scale',
  'guidance',
  'sampler_name',
  'scheduler',
  'denoise',
  'model',
  'frame_rate',
  'format',
] as const;

export type InputKind = (typeof INPUT_KINDS)[number];

/** One input of one node. */
export interface Place {
  readonly nodeId: NodeId;
  readonly input: string;
}

/** What an input of the request accepts. */
export type InputSchema =
  | { readonly type: 'text' }
  | { readonly type: 'integer'; readonly bounds: Bounds }
  | { readonly type: 'number'; readonly bounds: Bounds }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly choices: readonly string[] }
  | { readonly type: 'samplers' }
  | { readonly type: 'schedulers' }
  | { readonly type: 'model'; readonly folder: string };

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly multipleOf?: number;
}

/** What an input is when the caller leaves it out. */
export type Fallback =
  | { readonly type: 'required' }
  | { readonly type: 'value'; readonly value: string | number | boolean }
  /** A whole number from 0, below this; `undefined` is as far as whole numbers are exact. */
  | { readonly type: 'random'; readonly below: number | undefined };

/** An input of the request, and where its value goes. */
export interface RequestInput {
  readonly name: string;
  readonly kind: InputKind;
  readonly schema: InputSchema;
  readonly fallback: Fallback;
  readonly description: string;
  readonly places: readonly Place[];
  /** What the graph has there. */
  readonly original: string | number | bigint | boolean;
}
