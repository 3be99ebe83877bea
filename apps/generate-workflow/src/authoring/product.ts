import type { NodeId } from '@gateway/comfy-protocol';

import type { GraphReading } from './graph-reading';
import type { RequestInput } from './request-input';

/** What a graph makes. */
export interface Product {
  readonly noun: 'picture' | 'video' | 'audio';
  /** AnimateDiff takes the pictures of a batch for frames. */
  readonly batchIsFrames: boolean;
  /** Nodes whose picture, sound or mask becomes a part of what is saved; the others only guide. */
  readonly sources: ReadonlySet<NodeId>;
}

export function productOf(reading: GraphReading): Product {
  const classes = Object.values(reading.graph).map(({ class_type }) => class_type);
  const savers = Object.keys(reading.graph)
    .filter((id) => reading.classOf(id)?.output_node === true)
    .map((id) => reading.node(id)?.class_type ?? '');
  const makes = (pattern: RegExp): boolean => savers.some((saver) => pattern.test(saver));
  return {
    noun: makes(/video|animated|webm/i) ? 'video' : makes(/audio/i) ? 'audio' : 'picture',
    batchIsFrames: classes.some((name) => /animate.?diff|^ADE_/i.test(name)),
    sources: sourcesOf(reading),
  };
}

/** From what is saved upstream, along what can be seen or heard. */
function sourcesOf(reading: GraphReading): ReadonlySet<NodeId> {
  const sources = new Set<NodeId>();
  for (const id of [...reading.order].reverse()) {
    const isSaved = reading.classOf(id)?.output_node === true;
    if (!isSaved && !sources.has(id)) continue;
    for (const { link } of reading.links(id)) {
      const type = reading.outputsOf(link[0])[link[1]];
      if (typeof type === 'string' && MEDIA.has(type)) sources.add(link[0]);
    }
  }
  return sources;
}

const MEDIA: ReadonlySet<string> = new Set(['IMAGE', 'MASK', 'LATENT', 'VIDEO', 'AUDIO']);

/** A line for lists and a sentence or two for the documentation. */
export function describeProduct(
  { noun, sources }: Product,
  inputs: readonly RequestInput[],
): { readonly summary: string; readonly description: string } {
  const isSource = ({ places }: RequestInput): boolean =>
    places.some(({ nodeId }) => sources.has(nodeId));
  const source = SOURCES.find(([kind]) =>
    inputs.some((input) => input.kind === kind && isSource(input)),
  );
  const guide = SOURCES.find(([kind]) =>
    inputs.some((input) => input.kind === kind && !isSource(input)),
  );
  const hasPrompt = inputs.some(({ kind }) => kind === 'prompt');
  const main = inputs.find(
    ({ schema }) =>
      schema.type === 'model' && /^(checkpoints|diffusion_models)$/.test(schema.folder),
  );
  const model = main && modelName(String(main.original));
  const from = [
    ...(source ? [`${source[2]} that you send`] : []),
    ...(hasPrompt ? ['a text prompt'] : []),
  ];
  const guided = guide ? `, guided by ${guide[2]}${source ? '' : ' that you send'}` : '';
  const made = noun === 'audio' ? 'audio' : `a ${noun}`;
  return {
    summary:
      `${source?.[1] ?? (hasPrompt ? 'Text' : 'Graph')} to ${SHORT[noun]}` +
      (model === undefined ? '' : ` with ${model}`),
    description:
      `Makes ${made}${from.length === 0 ? '' : ` from ${from.join(' and ')}`}${guided}.` +
      (main ? ` It was made for ${String(main.original)}.` : ''),
  };
}

const SHORT = { picture: 'image', video: 'video', audio: 'audio' } as const;

const SOURCES = [
  ['video', 'Video', 'a video'],
  ['image', 'Image', 'a picture'],
  ['audio', 'Audio', 'audio'],
  ['file', 'File', 'a file'],
  ['mask', 'Mask', 'a mask'],
] as const;

/** The file's name alone, without its ending. */
function modelName(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? file).replace(
    /\.(safetensors|ckpt|pt|pth|bin|sft|gguf)$/,
    '',
  );
}
