import type { NodeId } from '@gateway/comfy-protocol';

import type { GraphReading } from './graph-reading';
import type { Place } from './request-input';

/** What a text is to the samplers that it reaches. */
type PromptRole = 'positive' | 'negative';

export interface PromptText {
  readonly place: Place;
  readonly role: PromptRole;
}

/**
 * The texts that reach a sampler or a guider as conditioning, in the order in which their nodes run.
 * Ways lead through whatever changes a conditioning, and on into nodes that make texts.
 */
export function promptTexts(reading: GraphReading): readonly PromptText[] {
  const roles = new TextRoles(reading);
  for (const id of reading.order) {
    if (isSampler(reading, id)) roles.followConditioning(id, roleByName);
    roles.takeNamedTexts(id);
  }
  if (roles.found.size === 0) roles.takeAnyTexts();
  const position = new Map(reading.order.map((id, at) => [id, at]));
  return [...roles.found.values()].sort(
    (a, b) => (position.get(a.place.nodeId) ?? 0) - (position.get(b.place.nodeId) ?? 0),
  );
}

/** It takes conditioning, and what it gives is none any more. */
function isSampler(reading: GraphReading, id: NodeId): boolean {
  const takesConditioning = reading.links(id).some(({ input }) => CONDITIONING_INPUT.test(input));
  const isNamedSo = /sampler|guider/i.test(reading.node(id)?.class_type ?? '');
  const givesConditioning = reading.outputsOf(id).includes('CONDITIONING');
  return (
    takesConditioning && (isNamedSo || (reading.classOf(id) !== undefined && !givesConditioning))
  );
}

function roleByName(input: string): PromptRole {
  return /neg/i.test(input) ? 'negative' : 'positive';
}

const CONDITIONING_INPUT = /positive|negative|cond(?!.*strength)/i;
const NO_PROMPT = new Set(['ConditioningZeroOut']);

class TextRoles {
  readonly found = new Map<string, PromptText>();
  private readonly visited = new Set<string>();

  constructor(private readonly reading: GraphReading) {}

  /** `roleOf` says what an input's texts are; `undefined` is a way not to be followed. */
  followConditioning(id: NodeId, roleOf: (input: string) => PromptRole | undefined): void {
    for (const { input, link } of this.reading.links(id)) {
      const role = this.carriesConditioning(input, link) ? roleOf(input) : undefined;
      if (role !== undefined) this.enter(link[0], link[1], role);
    }
  }

  /** Encoders of wrapped models take both texts under their names. */
  takeNamedTexts(id: NodeId): void {
    for (const input of Object.keys(this.reading.node(id)?.inputs ?? {})) {
      const role = /^(positive|negative)_(?:prompt|text)$/.exec(input)?.[1];
      if (role === 'positive' || role === 'negative') this.take({ nodeId: id, input }, role);
    }
  }

  /** For graphs without samplers: whatever is long, and called a text or a prompt. */
  takeAnyTexts(): void {
    for (const id of this.reading.order) {
      for (const input of Object.keys(this.reading.node(id)?.inputs ?? {})) {
        const isMultiline = this.reading.config({ nodeId: id, input })?.[1]?.['multiline'] === true;
        if (isMultiline && /^(text|prompt)$/.test(input)) {
          this.take({ nodeId: id, input }, 'positive');
        }
      }
    }
  }

  private enter(id: NodeId, slot: number, role: PromptRole): void {
    const visit = `${role} ${slot} ${id}`;
    const node = this.reading.node(id);
    if (!node || this.visited.has(visit) || NO_PROMPT.has(node.class_type)) return;
    this.visited.add(visit);
    for (const input of Object.keys(node.inputs)) {
      if (this.isText({ nodeId: id, input })) this.take({ nodeId: id, input }, role);
    }
    const isPair = 'positive' in node.inputs && 'negative' in node.inputs;
    const side = slot === 1 ? 'negative' : 'positive';
    // What a pair's other output is made of, its own way finds.
    this.followConditioning(id, (input) => (!isPair || input === side ? role : undefined));
  }

  private carriesConditioning(input: string, [source, slot]: readonly [NodeId, number]): boolean {
    return this.reading.classOf(source) === undefined
      ? CONDITIONING_INPUT.test(input)
      : this.reading.outputsOf(source)[slot] === 'CONDITIONING';
  }

  private isText(place: Place): boolean {
    const config = this.reading.config(place);
    if (config?.[0] !== 'STRING') return false;
    return config[1]?.['multiline'] === true || /^(text|prompt|value|string)/i.test(place.input);
  }

  /** Takes a literal, or those of the node that makes the text. Positive wins where both are true. */
  private take(place: Place, role: PromptRole): void {
    const value = this.reading.value(place);
    if (typeof value === 'string') {
      if (this.reading.config(place)?.[0] !== 'STRING') return;
      const key = JSON.stringify([place.nodeId, place.input]);
      if (this.found.get(key)?.role !== 'positive') this.found.set(key, { place, role });
      return;
    }
    const source = Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined;
    const visit = `text ${role} ${source}`;
    if (source === undefined || this.visited.has(visit)) return;
    this.visited.add(visit);
    for (const input of Object.keys(this.reading.node(source)?.inputs ?? {})) {
      if (this.isText({ nodeId: source, input })) this.take({ nodeId: source, input }, role);
    }
  }
}
