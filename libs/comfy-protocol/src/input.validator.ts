import type { DeclaredInput } from './declared-input';
import type { JsonObject, JsonValue } from './json';
import type { KnownNodes } from './known-nodes';
import { validateLink, type LinkVerdict } from './link.validator';
import type { InputConfig } from './object-info';
import { badBound, badType, missingInput, refusedByNode, unlistedValue } from './input-errors';
import type { NodeInputError } from './prompt-errors';
import { pythonCompare, pythonEquals } from './python-comparison';
import { pythonRepr, pythonStr } from './python-text';
import { pythonBool, pythonFloat, pythonInt, type PythonResult } from './python-values';
import type { ValidationRules } from './validation-rules';

/** What one input comes to. A literal carries the value ComfyUI writes back, refused or not. */
export type InputVerdict =
  | { readonly verdict: 'absent' }
  | { readonly verdict: 'accepted'; readonly value: JsonValue }
  | { readonly verdict: 'refused'; readonly error: NodeInputError; readonly value?: JsonValue }
  | Exclude<LinkVerdict, { verdict: 'refused' }>;

/** Checks one declared input of a node of class `classType`, in ComfyUI's order of checks. */
export function validateInput(
  input: DeclaredInput,
  received: JsonValue | undefined,
  classType: string,
  nodes: KnownNodes,
  rules: ValidationRules,
): InputVerdict {
  if (received === undefined) {
    return input.required
      ? { verdict: 'refused', error: missingInput(input) }
      : { verdict: 'absent' };
  }
  if (Array.isArray(received)) {
    return validateLink(input, received as readonly JsonValue[], classType, nodes, rules);
  }
  const unwrapped = unwrap(received);
  const converted = convert(input.config[0], unwrapped);
  if (converted.outcome === 'raised') {
    return refuse(unwrapped, badType(input, unwrapped, converted.exception.text));
  }
  return checkContent(input, converted.value, classType, rules);
}

/** `{"__value__": […]}` is how a client passes a list that is not a link. */
function unwrap(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__value__')) {
    return value;
  }
  return (value as JsonObject)['__value__'] ?? null;
}

function convert(type: JsonValue, value: JsonValue): PythonResult<JsonValue> {
  switch (type) {
    case 'INT':
      return pythonInt(value);
    case 'FLOAT':
      return pythonFloat(value);
    case 'STRING':
      return { outcome: 'value', value: pythonStr(value) };
    case 'BOOLEAN':
      return { outcome: 'value', value: pythonBool(value) };
    default:
      return { outcome: 'value', value };
  }
}

function checkContent(
  input: DeclaredInput,
  value: JsonValue,
  classType: string,
  rules: ValidationRules,
): InputVerdict {
  const checked = rules.customCheck?.({ classType, input: input.name, value });
  if (typeof checked === 'string') return refuse(value, refusedByNode(input, checked));
  if (checked === true || rules.checksBounds?.(classType) === false) {
    return { verdict: 'accepted', value };
  }
  return (
    checkBound(input, value, 'min') ??
    checkBound(input, value, 'max') ??
    checkList(input, value, rules) ?? { verdict: 'accepted', value }
  );
}

function checkBound(
  input: DeclaredInput,
  value: JsonValue,
  side: 'min' | 'max',
): InputVerdict | undefined {
  const bound = input.config[1]?.[side];
  if (bound === undefined) return undefined;
  const outside = pythonCompare(value, side === 'min' ? '<' : '>', bound);
  if (outside.outcome === 'raised') return { verdict: 'raised', exception: outside.exception };
  return outside.value ? refuse(value, badBound(input, value, bound, side)) : undefined;
}

function checkList(
  input: DeclaredInput,
  value: JsonValue,
  rules: ValidationRules,
): InputVerdict | undefined {
  const options = bindingOptions(input.config, rules);
  if (options === undefined) return undefined;
  const isListed = (item: JsonValue): boolean =>
    options.some((option) => pythonEquals(option, item));
  if (input.config[1]?.['multiselect'] === true && Array.isArray(value)) {
    const foreign = (value as readonly JsonValue[]).filter((item) => !isListed(item));
    if (foreign.length === 0) return undefined;
    return refuse(value, unlistedValue(input, value, foreign.map(pythonRepr).join(', '), options));
  }
  return isListed(value)
    ? undefined
    : refuse(value, unlistedValue(input, value, `'${pythonStr(value)}'`, options));
}

function bindingOptions(
  [type, options]: InputConfig,
  rules: ValidationRules,
): readonly JsonValue[] | undefined {
  if (typeof type !== 'string') return type;
  const listed = options?.['options'];
  return type === 'COMBO' && rules.checksV3Combos === true && Array.isArray(listed)
    ? (listed as readonly JsonValue[])
    : undefined;
}

function refuse(value: JsonValue, error: NodeInputError): InputVerdict {
  return { verdict: 'refused', value, error };
}
