import type { DeclaredInput } from './declared-input';
import { badLink, typeMismatch } from './input-errors';
import type { JsonValue } from './json';
import type { KnownNode, KnownNodes } from './known-nodes';
import type { NodeInputError } from './prompt-errors';
import type { NodeId } from './prompt-graph';
import { pythonEquals } from './python-comparison';
import { pythonRepr } from './python-text';
import { pythonTypeName, raised, type PythonException, type PythonResult } from './python-values';
import type { ValidationRules } from './validation-rules';

/** What a JSON array in an input comes to; ComfyUI takes every array for a link. */
export type LinkVerdict =
  | { readonly verdict: 'linked'; readonly source: NodeId }
  | { readonly verdict: 'refused'; readonly error: NodeInputError }
  | { readonly verdict: 'raised'; readonly exception: PythonException };

/** Checks shape, source, slot and type of a link; the source's own inputs are the walk's business. */
export function validateLink(
  input: DeclaredInput,
  link: readonly JsonValue[],
  classType: string,
  nodes: KnownNodes,
  rules: ValidationRules,
): LinkVerdict {
  const [sourceId, slot] = link;
  if (link.length !== 2 || sourceId === undefined || slot === undefined) {
    return { verdict: 'refused', error: badLink(input, link) };
  }
  const source = findSource(sourceId, nodes);
  if (source.outcome === 'raised') return { verdict: 'raised', exception: source.exception };
  const { id, node } = source.value;
  const isBinding = (end: string): boolean => rules.checksLinks?.(end) ?? true;
  if (!isBinding(classType) || !isBinding(node.classType)) return { verdict: 'linked', source: id };
  const received = outputType(node.info.output, slot);
  if (received.outcome === 'raised') return { verdict: 'raised', exception: received.exception };
  return typesMeet(received.value, input.config[0])
    ? { verdict: 'linked', source: id }
    : { verdict: 'refused', error: typeMismatch(input, link, received.value) };
}

function findSource(
  id: JsonValue,
  nodes: KnownNodes,
): PythonResult<{ readonly id: NodeId; readonly node: KnownNode }> {
  if (typeof id === 'object' && id !== null) {
    return raised('TypeError', `unhashable type: '${pythonTypeName(id)}'`);
  }
  if (typeof id !== 'string') return raised('KeyError', pythonRepr(id));
  const node = nodes.get(id);
  return node === undefined
    ? raised('KeyError', pythonRepr(id))
    : { outcome: 'value', value: { id, node } };
}

/** `RETURN_TYPES[slot]`, with what Python makes of odd slots: `-1` is the last one, `True` is 1. */
function outputType(types: readonly JsonValue[], slot: JsonValue): PythonResult<JsonValue> {
  const index = typeof slot === 'boolean' ? Number(slot) : slot;
  if (typeof index === 'bigint') {
    return raised('IndexError', "cannot fit 'int' into an index-sized integer");
  }
  if (typeof index !== 'number' || !Number.isSafeInteger(index)) {
    return raised(
      'TypeError',
      `tuple indices must be integers or slices, not ${pythonTypeName(slot)}`,
    );
  }
  const type = types.at(index);
  return type === undefined
    ? raised('IndexError', 'tuple index out of range')
    : { outcome: 'value', value: type };
}

/** Equal, or comma lists with a type in common; `*` meets anything, whichever side says it. */
function typesMeet(received: JsonValue, wanted: JsonValue): boolean {
  if (WILDCARDS.has(received) || WILDCARDS.has(wanted)) return true;
  if (pythonEquals(received, wanted)) return true;
  if (typeof received !== 'string' || typeof wanted !== 'string') return false;
  const given = new Set(received.split(',').map((type) => type.trim()));
  return wanted.split(',').some((type) => given.has(type.trim()));
}

/** `COMFY_MATCHTYPE_V3` (since 0.4.0) is resolved by ComfyUI's own page; its server accepts all. */
const WILDCARDS: ReadonlySet<JsonValue> = new Set<JsonValue>(['*', 'COMFY_MATCHTYPE_V3']);
