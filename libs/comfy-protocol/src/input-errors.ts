import { inputConfig, type DeclaredInput } from './declared-input';
import type { JsonObject, JsonValue } from './json';
import type { NodeInputError } from './prompt-errors';
import { pythonFloatStr, pythonRepr, pythonStr } from './python-text';

export function missingInput({ name }: DeclaredInput): NodeInputError {
  return {
    type: 'required_input_missing',
    message: 'Required input is missing',
    details: name,
    extra_info: { input_name: name },
  };
}

export function badLink(input: DeclaredInput, link: readonly JsonValue[]): NodeInputError {
  return {
    type: 'bad_linked_input',
    message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
    details: input.name,
    extra_info: receivedValue(input, link),
  };
}

export function typeMismatch(
  input: DeclaredInput,
  link: readonly JsonValue[],
  received: JsonValue,
): NodeInputError {
  const wanted = pythonStr(input.config[0]);
  return {
    type: 'return_type_mismatch',
    message: 'Return type mismatch between linked nodes',
    details: `${input.name}, received_type(${pythonStr(received)}) mismatch input_type(${wanted})`,
    extra_info: {
      input_name: input.name,
      input_config: inputConfig(input),
      received_type: received,
      linked_node: link,
    },
  };
}

export function badType(
  input: DeclaredInput,
  value: JsonValue,
  exceptionText: string,
): NodeInputError {
  const exceptionMessage = shorten(exceptionText);
  return {
    type: 'invalid_input_type',
    message: `Failed to convert an input value to a ${pythonStr(input.config[0])} value`,
    details: `${input.name}, ${shorten(pythonStr(value))}, ${exceptionMessage}`,
    extra_info: { ...receivedValue(input, value), exception_message: exceptionMessage },
  };
}

export function badBound(
  input: DeclaredInput,
  value: JsonValue,
  bound: JsonValue,
  side: 'min' | 'max',
): NodeInputError {
  // The JSON of object_info has lost whether a FLOAT's bound was 0 or 0.0; nearly all are floats.
  const text = (number: JsonValue): string =>
    input.config[0] === 'FLOAT' && typeof number === 'number'
      ? pythonFloatStr(number)
      : pythonStr(number);
  const comparison = side === 'min' ? 'smaller than min' : 'bigger than max';
  return {
    type: side === 'min' ? 'value_smaller_than_min' : 'value_bigger_than_max',
    message: `Value ${text(value)} ${comparison} of ${text(bound)}`,
    details: input.name,
    extra_info: receivedValue(input, value),
  };
}

/** `foreign`: what is not in the list, as Python writes it. */
export function unlistedValue(
  input: DeclaredInput,
  value: JsonValue,
  foreign: string,
  options: readonly JsonValue[],
): NodeInputError {
  const isLong = options.length > 20;
  const list = isLong ? `(list of length ${options.length})` : pythonRepr(options);
  return {
    type: 'value_not_in_list',
    message: 'Value not in list',
    details: `${input.name}: ${shorten(foreign)} not in ${list}`,
    extra_info: { ...receivedValue(input, value), ...(isLong && { input_config: null }) },
  };
}

/** `text`: the node's own words; may be empty. */
export function refusedByNode({ name }: DeclaredInput, text: string): NodeInputError {
  return {
    type: 'custom_validation_failed',
    message: 'Custom validation failed for node',
    details: text === '' ? name : `${name} - ${text}`,
    extra_info: { input_name: name },
  };
}

function receivedValue(input: DeclaredInput, value: JsonValue): JsonObject {
  const received = typeof value === 'string' ? shorten(value) : value;
  return { input_name: input.name, input_config: inputConfig(input), received_value: received };
}

/** A text in the wrong place may be a file of 90 MB in base64, which nobody wants back four times. */
function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

const MAX_TEXT = 10_000;
