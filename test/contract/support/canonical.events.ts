import {
  decodeBinaryFrame,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@gateway/comfy-protocol';

import type { Received } from './recording.client';

/**
 * Events in a form in which two runs compare equal if the protocol says they are.
 *
 * Dropped: timestamps, temp names, tracebacks, tensor dumps, image bytes, and the order of what
 * ComfyUI keeps in sets. A `progress_state` becomes what it changed, so that reports of independent
 * cached outputs can be sorted.
 */
export function canonicalEvents(events: readonly JsonObject[]): JsonValue[] {
  let known: JsonObject = {};
  const steps = events.map((event): JsonObject => {
    if (event['type'] !== 'progress_state') return canonical(event) as JsonObject;
    const { nodes, prompt_id } = event['data'] as { nodes: JsonObject; prompt_id: string };
    const before = known;
    known = nodes;
    const changed = Object.entries(nodes).filter(
      ([id, state]) => JSON.stringify(before[id]) !== JSON.stringify(state),
    );
    return { type: 'progress_state', prompt_id, changed: Object.fromEntries(changed) };
  });
  return sortCachedReports(steps);
}

/** A received message or frame in the form the recordings use. */
export function describeReceived(item: Received): JsonObject {
  if (!Buffer.isBuffer(item)) return item;
  const frame = decodeBinaryFrame(item);
  switch (frame?.type) {
    case 'preview':
      return { BIN: 1, fmt: frame.format === 'image/png' ? 2 : 1, img: signatureOf(frame.image) };
    case 'text':
      return { BIN: 3, node: frame.nodeId, text: frame.text };
    case 'preview-with-metadata':
      return { BIN: 4, meta: { ...frame.metadata }, img: signatureOf(frame.image) };
    case undefined:
      return { BIN: 'unknown' };
  }
}

/** Any recorded value without what may differ. */
export function canonical(value: JsonValue): JsonValue {
  if (typeof value === 'string') return canonicalText(value);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(canonical);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !IGNORED.has(key))
      .map(([key, item]) => [key, canonicalMember(key, item)]),
  );
}

/** `len` and `head` describe an encoder's bytes. */
const IGNORED = new Set(['timestamp', 'len', 'head', 't']);
const SETS = new Set(['executed', 'current_outputs', 'dependent_outputs']);

function canonicalMember(key: string, item: JsonValue): JsonValue {
  if (key === 'traceback') return '<traceback>';
  if (SETS.has(key) && Array.isArray(item)) return [...(item as readonly string[])].sort();
  // Inputs of a node are checked in the order of a set.
  if (key === 'errors') return sortedByText(canonical(item) as readonly JsonValue[]);
  return canonical(item);
}

function sortedByText(items: readonly JsonValue[]): JsonValue {
  return [...items].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function canonicalText(text: string): string {
  if (text.startsWith('tensor(')) return 'tensor';
  return text.replace(/^ComfyUI_temp_[a-z]{5}_\d{5}_/, 'ComfyUI_temp_xxxxx_00000_');
}

/** Neighbouring pairs of `executed` and `progress_state` stand for cached outputs, in any order. */
function sortCachedReports(steps: readonly JsonObject[]): JsonValue[] {
  const sorted: JsonObject[] = [];
  let reports: JsonObject[][] = [];
  const flush = (): void => {
    sorted.push(...reports.sort((one, other) => compare(one, other)).flat());
    reports = [];
  };
  for (let index = 0; index < steps.length; index += 1) {
    const [step, next] = [steps[index], steps[index + 1]];
    if (step === undefined) continue;
    const startsRun = sorted.length === 0 || sorted.at(-1)?.['type'] !== 'executing';
    const isReport = step['type'] === 'executed' && next?.['type'] === 'progress_state';
    if (isReport && startsRun) {
      reports.push([step, next]);
      index += 1;
      continue;
    }
    flush();
    sorted.push(step);
  }
  flush();
  return sorted;
}

function compare(one: readonly JsonObject[], other: readonly JsonObject[]): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

function signatureOf(image: Buffer): string {
  return image.subarray(0, 8).toString('hex');
}
