import {
  comboOptions,
  uploadKind,
  type InputConfig,
  type JsonValue,
  type NodeId,
  type UploadKind,
} from '@gateway/comfy-protocol';

import type { NodeListing } from '../reading/node-listing';
import type { GraphReading } from './graph-reading';
import { modelFolder } from './model-folder';
import { promptTexts } from './prompt-texts';
import type { InputKind, Place } from './request-input';

/** A literal of the graph that callers should be able to choose. */
export interface Candidate {
  readonly kind: InputKind;
  /** Where the literal is. */
  readonly place: Place;
  /** The node that it means something to; not the place's own where a primitive node holds it. */
  readonly consumer: Place;
  readonly config: InputConfig;
  readonly value: string | number | bigint | boolean;
  /** The folder of a model. */
  readonly folder?: string;
  /** It has no input of its own, but goes along with one of its kind and value. */
  readonly follows: boolean;
}

/** Every literal that is worth an input, in the order in which the nodes run. */
export function findCandidates(reading: GraphReading, listing: NodeListing): readonly Candidate[] {
  const texts = promptTexts(reading).filter(({ place, role }) =>
    role === 'positive' ? true : hasEffect(reading, place),
  );
  const prompts = texts.flatMap(({ place, role }) => {
    const config = reading.config(place);
    const value = reading.value(place);
    const kind: InputKind = role === 'positive' ? 'prompt' : 'negative_prompt';
    return config && typeof value === 'string'
      ? [{ kind, place, consumer: place, config, value, follows: false }]
      : [];
  });
  const others = reading.order.flatMap((nodeId) =>
    Object.keys(reading.node(nodeId)?.inputs ?? {}).flatMap((input) => {
      const candidate = candidateAt(reading, { nodeId, input }, listing.folders);
      return candidate ? [candidate] : [];
    }),
  );
  return [...prompts, ...others];
}

/** An empty negative prompt counts for nothing, but callers may fill it in, unless `cfg` is 1. */
function hasEffect(reading: GraphReading, place: Place): boolean {
  if (reading.value(place) !== '') return true;
  const scales = reading.order.flatMap((nodeId) => {
    const value = reading.value({ nodeId, input: 'cfg' });
    return typeof value === 'number' ? [value] : [];
  });
  return scales.length === 0 || scales.some((scale) => scale !== 1);
}

function candidateAt(
  reading: GraphReading,
  consumer: Place,
  folders: NodeListing['folders'],
): Candidate | undefined {
  const config = reading.config(consumer);
  const place = reading.literalPlace(consumer);
  const value = place && reading.value(place);
  if (!config || !place || !isScalar(value)) return undefined;
  const classType = reading.node(consumer.nodeId)?.class_type ?? '';
  const upload = uploadKind(reading.info, classType, consumer.input);
  if (upload !== undefined) {
    const kind = uploadInputKind(upload, reading.outputsOf(consumer.nodeId));
    return typeof value === 'string'
      ? { kind, place, consumer, config, value, follows: false }
      : undefined;
  }
  const folder = modelFolder(classType, consumer.input, config, folders);
  if (folder !== undefined) {
    return typeof value === 'string'
      ? { kind: 'model', place, consumer, config, value, folder, follows: false }
      : undefined;
  }
  const rule = RULES.find(
    ({ inputs, type }) => inputs.test(consumer.input) && TYPES[type](config, value),
  );
  const part = rule?.part(reading, consumer.nodeId) ?? 'none';
  if (!rule || part === 'none') return undefined;
  return { kind: rule.kind, place, consumer, config, value, follows: part === 'follows' };
}

function isScalar(value: JsonValue | undefined): value is Candidate['value'] {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function uploadInputKind(upload: UploadKind, outputs: readonly JsonValue[]): InputKind {
  if (upload === 'any') return 'file';
  return upload === 'image' && outputs.every((output) => output === 'MASK') ? 'mask' : upload;
}

/** Whether the node's literal is an input, only goes along with one, or stays in the graph. */
type Part = 'leads' | 'follows' | 'none';

interface Rule {
  readonly kind: InputKind;
  readonly inputs: RegExp;
  readonly type: keyof typeof TYPES;
  part(reading: GraphReading, id: NodeId): Part;
}

const TYPES = {
  whole: ([type], value) =>
    type === 'INT' && (typeof value === 'bigint' || Number.isInteger(value)),
  number: ([type], value) =>
    (type === 'INT' && Number.isInteger(value)) || (type === 'FLOAT' && typeof value === 'number'),
  choice: (config, value) =>
    typeof value === 'string' &&
    (comboOptions(config) ?? [null]).every((choice) => typeof choice === 'string'),
} satisfies Record<string, (config: InputConfig, value: Candidate['value']) => boolean>;

const RULES: readonly Rule[] = [
  { kind: 'width', inputs: /^width$/, type: 'whole', part: makesPictures },
  { kind: 'height', inputs: /^height$/, type: 'whole', part: makesPictures },
  { kind: 'length', inputs: /^length$/, type: 'whole', part: makesLatents },
  { kind: 'num_frames', inputs: /^(num_|video_)?frames$/, type: 'whole', part: makesLatents },
  { kind: 'seconds', inputs: /^seconds$/, type: 'number', part: makesLatents },
  { kind: 'batch_size', inputs: /^batch_size$/, type: 'whole', part: makesLatents },
  { kind: 'seed', inputs: /^(noise_)?seed$/, type: 'whole', part: addsNoise },
  { kind: 'steps', inputs: /^steps$/, type: 'whole', part: always },
  { kind: 'cfg_scale', inputs: /^cfg$/, type: 'number', part: always },
  { kind: 'guidance', inputs: /^guidance$/, type: 'number', part: always },
  { kind: 'sampler_name', inputs: /^sampler_name$/, type: 'choice', part: always },
  { kind: 'scheduler', inputs: /^scheduler$/, type: 'choice', part: always },
  { kind: 'denoise', inputs: /^denoise(_strength)?$/, type: 'number', part: always },
  { kind: 'frame_rate', inputs: /^(fps|frame_rate)$/, type: 'number', part: savesFrames },
  { kind: 'format', inputs: /^format$/, type: 'choice', part: saves },
];

function always(): Part {
  return 'leads';
}

/** Other nodes that are told the size must be told the same. */
function makesPictures(reading: GraphReading, id: NodeId): Part {
  const outputs = reading.outputsOf(id);
  return outputs.includes('LATENT') || outputs.includes('IMAGE') ? 'leads' : 'follows';
}

function makesLatents(reading: GraphReading, id: NodeId): Part {
  return reading.outputsOf(id).includes('LATENT') ? 'leads' : 'none';
}

/** A sampler that adds no noise takes no notice of its seed. */
function addsNoise(reading: GraphReading, id: NodeId): Part {
  const adds = reading.value({ nodeId: id, input: 'add_noise' });
  return adds === 'disable' || adds === false ? 'follows' : 'leads';
}

function savesFrames(reading: GraphReading, id: NodeId): Part {
  const isLast = saves(reading, id) === 'leads' || reading.outputsOf(id).includes('VIDEO');
  return isLast ? 'leads' : 'follows';
}

function saves(reading: GraphReading, id: NodeId): Part {
  return reading.classOf(id)?.output_node === true ? 'leads' : 'none';
}
