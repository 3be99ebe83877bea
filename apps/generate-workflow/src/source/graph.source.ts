import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PromptGraph,
} from '@gateway/comfy-protocol';

import type { RequestInput } from '../authoring/request-input';
import { LINE_WIDTH } from './schema.source';
import { propertyKey, stringLiteral } from './typescript-text';

/** The body of `generateWorkflow`: the graph, with the request's inputs where they go. */
export function graphLines(graph: PromptGraph, inputs: readonly RequestInput[]): readonly string[] {
  const names = new Map(
    inputs.flatMap(({ name, places }) =>
      places.map(({ nodeId, input }) => [placeKey(nodeId, input), name] as const),
    ),
  );
  return [
    '  return {',
    ...Object.entries(graph).flatMap(([id, node]) => [
      `    ${propertyKey(id)}: {`,
      ...Object.entries(node).flatMap(([key, value]: [string, JsonValue]) =>
        key === 'inputs' && isJsonObject(value)
          ? inputsLines(value, (input) => names.get(placeKey(id, input)))
          : valueLines(key, value, '      '),
      ),
      '    },',
    ]),
    '  };',
  ];
}

function placeKey(nodeId: string, input: string): string {
  return JSON.stringify([nodeId, input]);
}

function inputsLines(
  inputs: JsonObject,
  nameOf: (input: string) => string | undefined,
): readonly string[] {
  const entries = Object.entries(inputs);
  if (entries.length === 0) return ['      inputs: {},'];
  return [
    '      inputs: {',
    ...entries.flatMap(([input, value]) => {
      const name = nameOf(input);
      return name === undefined
        ? valueLines(input, value, '        ')
        : [`        ${propertyKey(input)}: input.${name},`];
    }),
    '      },',
  ];
}

/** `key: value,` on a line, or broken as Prettier breaks it. */
function valueLines(name: string, value: JsonValue, indent: string): readonly string[] {
  const key = `${indent}${propertyKey(name)}:`;
  const line = `${key} ${inlineValue(value)},`;
  if (line.length <= LINE_WIDTH) return [line];
  if (typeof value === 'string') return brokenString(key, indent, value);
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    return [`${key} [`, ...items.flatMap((item) => itemLines(item, `${indent}  `)), `${indent}],`];
  }
  if (!isJsonObject(value)) return [line];
  return [`${key} {`, ...fieldsOf(value, `${indent}  `), `${indent}},`];
}

/** Behind a short key a break would gain nothing. */
function brokenString(key: string, indent: string, value: string): readonly string[] {
  const isShort = key.length - indent.length - 1 < 5;
  const literal = `${stringLiteral(value)},`;
  return isShort ? [`${key} ${literal}`] : [key, `${indent}  ${literal}`];
}

function itemLines(value: JsonValue, indent: string): readonly string[] {
  const line = `${indent}${inlineValue(value)},`;
  if (line.length <= LINE_WIDTH || typeof value !== 'object' || value === null) return [line];
  if (isJsonObject(value)) return [`${indent}{`, ...fieldsOf(value, `${indent}  `), `${indent}},`];
  return [`${indent}[`, ...value.flatMap((item) => itemLines(item, `${indent}  `)), `${indent}],`];
}

function fieldsOf(object: JsonObject, indent: string): readonly string[] {
  return Object.entries(object).flatMap(([key, value]) => valueLines(key, value, indent));
}

/** A literal on one line. Integers beyond 2^53 are `bigint`, which the gateway writes unrounded. */
export function inlineValue(value: JsonValue): string {
  if (typeof value === 'string') return stringLiteral(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) {
    return `[${(value as readonly JsonValue[]).map(inlineValue).join(', ')}]`;
  }
  const fields = Object.entries(value as JsonObject);
  if (fields.length === 0) return '{}';
  return `{ ${fields.map(([key, field]) => `${propertyKey(key)}: ${inlineValue(field)}`).join(', ')} }`;
}
