import { inputConfig } from '@gateway/catalogue';
import {
  comboOptions,
  SAMPLERS,
  SCHEDULERS,
  type InputConfig,
  type ObjectInfo,
} from '@gateway/comfy-protocol';

import type { NodeListing } from '../reading/node-listing';
import { findCandidates, type Candidate } from './candidate';
import type { GraphReading } from './graph-reading';
import { sharedBounds } from './input-bounds';
import { nameInputs, snakeCase } from './input-names';
import { describeInput } from './input-words';
import type { Product } from './product';
import {
  INPUT_KINDS,
  type Bounds,
  type Fallback,
  type InputKind,
  type InputSchema,
  type RequestInput,
} from './request-input';

/**
 * The inputs of the request. Literals of one kind and with one value are one input, since they were
 * one thing to whoever made the graph: the prompt of a base model and of its refiner, the size of the
 * picture and of its latent.
 */
export function requestInputs(
  reading: GraphReading,
  listing: NodeListing,
  product: Product,
): readonly RequestInput[] {
  const groups = grouped(findCandidates(reading, listing));
  const names = nameInputs(
    groups.map((group) => ({ base: baseName(group[0]), hints: hintsOf(group[0], reading) })),
  );
  const firstPrompt = groups.find(([{ kind }]) => kind === 'prompt');
  return groups.map((group, at) => {
    const [{ kind, value }] = group;
    const { schema, words } = schemaOf(group, reading);
    const isRequired = FILES.has(kind) || group === firstPrompt;
    return {
      name: names[at] ?? kind,
      kind,
      schema,
      fallback: isRequired ? { type: 'required' } : fallbackOf(kind, value, group),
      description: [
        describeInput(group[0], reading, product),
        ...distinction(names[at] ?? kind, baseName(group[0])),
        ...(words === undefined ? [] : [`; ${words}`]),
      ].join(''),
      places: uniquePlaces(group),
      original: value,
    };
  });
}

type Group = readonly [Candidate, ...Candidate[]];

const FILES: ReadonlySet<InputKind> = new Set(['image', 'mask', 'video', 'audio', 'file']);

function grouped(candidates: readonly Candidate[]): readonly Group[] {
  const groups = new Map<string, [Candidate, ...Candidate[]]>();
  const keyOf = ({ kind, folder, value, place }: Candidate): string =>
    JSON.stringify([kind, folder, typeof value, String(value), FILES.has(kind) ? place : null]);
  // A literal that feeds two kinds, by way of a primitive node, can only be one.
  const kinds = new Map<string, InputKind>();
  const isFree = ({ place, kind }: Candidate): boolean => {
    const key = JSON.stringify(place);
    if (!kinds.has(key)) kinds.set(key, kind);
    return kinds.get(key) === kind;
  };
  for (const candidate of candidates.filter(({ follows }) => !follows)) {
    const group = groups.get(keyOf(candidate));
    if (!isFree(candidate)) continue;
    if (group) group.push(candidate);
    else groups.set(keyOf(candidate), [candidate]);
  }
  for (const candidate of candidates.filter(({ follows }) => follows)) {
    groups.get(keyOf(candidate))?.push(candidate);
  }
  const rank = ([{ kind }]: Group): number => INPUT_KINDS.indexOf(kind);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b));
}

/** ` (refiner)` or ` (2)`, so that two of a kind do not read the same. */
function distinction(name: string, base: string): readonly string[] {
  if (name === base) return [];
  const words = name.startsWith(`${base}_`)
    ? name.slice(base.length + 1)
    : name.slice(0, -base.length - 1);
  return [` (${words.replaceAll('_', ' ')})`];
}

function baseName({ kind, folder = '' }: Candidate): string {
  if (kind !== 'model') return kind;
  return MODEL_NAMES[folder] ?? (snakeCase(folder.replace(/s$/, '')) || 'model');
}

const MODEL_NAMES: Readonly<Record<string, string>> = {
  animatediff_models: 'motion_model',
  diffusion_models: 'diffusion_model',
};

/** An id that is a number, as the page of ComfyUI makes them, tells nothing. */
function hintsOf({ consumer }: Candidate, reading: GraphReading): readonly string[] {
  const { nodeId, input } = consumer;
  const title = reading.title(nodeId);
  return [
    ...(title === undefined ? [] : [title]),
    ...(/^[\d:]+$/.test(nodeId) ? [] : [nodeId]),
    input,
  ];
}

function schemaOf(
  group: Group,
  reading: GraphReading,
): { readonly schema: InputSchema; readonly words?: string | undefined } {
  const [{ kind, config, folder, value }] = group;
  if (folder !== undefined) return { schema: { type: 'model', folder } };
  if (typeof value === 'boolean') return { schema: { type: 'boolean' } };
  if (typeof value === 'string') {
    return {
      schema:
        comboOptions(config) && !FILES.has(kind) ? choiceOf(group, reading.info) : { type: 'text' },
    };
  }
  const { bounds, words } = sharedBounds(
    group.map((candidate) => candidate.config),
    value,
  );
  const type = config[0] === 'INT' ? 'integer' : 'number';
  return { schema: { type, bounds }, words: words ?? zeroWords(group, bounds, reading) };
}

/** ComfyUI's scaling nodes keep the shape of a picture where one side is 0. */
function zeroWords(group: Group, { min }: Bounds, reading: GraphReading): string | undefined {
  const [{ kind }] = group;
  const isScaling = group.every(({ consumer }) =>
    /^(ImageScale|LatentUpscale)$/.test(reading.node(consumer.nodeId)?.class_type ?? ''),
  );
  if (min !== 0 || !isScaling || (kind !== 'width' && kind !== 'height')) return undefined;
  return `0 follows the ${kind === 'width' ? 'height' : 'width'}`;
}

/** The gateway's own lists where they are the node's, so that samplers of packs are accepted. */
function choiceOf(group: Group, info: ObjectInfo): InputSchema {
  const [{ kind, value }] = group;
  const lists = group.map(({ config }) => choices(config));
  const isUsual = (input: string, usual: readonly string[]): boolean => {
    const declared = inputConfig(info, 'KSampler', input);
    const known = declared ? choices(declared) : usual;
    return (
      lists.every((list) => list.join('\n') === known.join('\n')) && known.includes(String(value))
    );
  };
  if (kind === 'sampler_name' && isUsual('sampler_name', SAMPLERS)) return { type: 'samplers' };
  if (kind === 'scheduler' && isUsual('scheduler', SCHEDULERS)) return { type: 'schedulers' };
  const [first = [], ...others] = lists;
  const common = first.filter((choice) => others.every((list) => list.includes(choice)));
  return { type: 'choice', choices: [...new Set([...common, String(value)])] };
}

function choices(config: InputConfig): readonly string[] {
  return (comboOptions(config) ?? []).filter((choice) => typeof choice === 'string');
}

function fallbackOf(kind: InputKind, value: Candidate['value'], group: Group): Fallback {
  if (kind === 'seed') return { type: 'random', below: seedsBelow(group) };
  return { type: 'value', value: typeof value === 'bigint' ? Number(value) : value };
}

function seedsBelow(group: Group): number | undefined {
  const limits = group.flatMap(({ config }) => {
    const max = config[1]?.['max'];
    return typeof max === 'number' && max < Number.MAX_SAFE_INTEGER ? [max + 1] : [];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function uniquePlaces(group: Group): RequestInput['places'] {
  const places = new Map(group.map(({ place }) => [JSON.stringify(place), place]));
  return [...places.values()];
}
