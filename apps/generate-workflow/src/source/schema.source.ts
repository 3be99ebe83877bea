import type { Bounds, Fallback, InputSchema, RequestInput } from '../authoring/request-input';
import { isIdentifier, propertyKey, stringLiteral } from './typescript-text';

/** Where Prettier breaks lines in this repository. */
export const LINE_WIDTH = 100;

/** `const RequestSchema = z.object({ … });` */
export function schemaSource(inputs: readonly RequestInput[]): string {
  if (inputs.length === 0) return 'const RequestSchema = z.object({});';
  return ['const RequestSchema = z.object({', ...inputs.flatMap(fieldLines), '});'].join('\n');
}

/** A field on one line, or with each call on a line of its own. */
function fieldLines({ name, schema, fallback, description }: RequestInput): readonly string[] {
  const { head, calls: own } = schemaCalls(schema);
  const calls = [
    ...own,
    ...fallbackCall(fallback),
    { method: 'describe', argument: stringLiteral(description) },
  ];
  const key = `  ${propertyKey(name)}: ${head}`;
  const line = `${key}${calls.map(inline).join('')},`;
  // A function among more than two calls makes Prettier break the chain, however short it is.
  const breaksAlways = calls.length > 2 && fallback.type === 'random';
  if (line.length <= LINE_WIDTH && !breaksAlways) return [line];
  const lines = calls.flatMap((call, at) => callLines(call, at === calls.length - 1 ? ',' : ''));
  return [key, ...lines];
}

interface Call {
  readonly method: string;
  readonly argument?: string;
  /** The items, where the argument is an array. */
  readonly items?: readonly string[];
}

function schemaCalls(schema: InputSchema): {
  readonly head: string;
  readonly calls: readonly Call[];
} {
  switch (schema.type) {
    case 'text':
      return { head: 'z', calls: [{ method: 'string' }] };
    case 'integer':
      return { head: 'z', calls: [{ method: 'int' }, ...boundCalls(schema.bounds)] };
    case 'number':
      return { head: 'z', calls: [{ method: 'number' }, ...boundCalls(schema.bounds)] };
    case 'boolean':
      return { head: 'z', calls: [{ method: 'boolean' }] };
    case 'choice': {
      const items = schema.choices.map(stringLiteral);
      return { head: 'z', calls: [{ method: 'enum', argument: `[${items.join(', ')}]`, items }] };
    }
    case 'samplers':
    case 'schedulers':
      return { head: `config.${schema.type}`, calls: [] };
    case 'model': {
      const { folder } = schema;
      const member = isIdentifier(folder) ? `.${folder}` : `[${stringLiteral(folder)}]`;
      return { head: `config.models${member}.enum`, calls: [] };
    }
  }
}

function boundCalls(bounds: Bounds): readonly Call[] {
  return (['min', 'max', 'multipleOf'] as const).flatMap((method) => {
    const bound = bounds[method];
    return bound === undefined ? [] : [{ method, argument: String(bound) }];
  });
}

function fallbackCall(fallback: Fallback): readonly Call[] {
  switch (fallback.type) {
    case 'required':
      return [];
    case 'value': {
      const { value } = fallback;
      const argument = typeof value === 'string' ? stringLiteral(value) : String(value);
      return [{ method: 'default', argument }];
    }
    case 'random': {
      const below = fallback.below ?? 'Number.MAX_SAFE_INTEGER';
      return [{ method: 'default', argument: `() => Math.floor(Math.random() * ${below})` }];
    }
  }
}

function inline({ method, argument = '' }: Call): string {
  return `.${method}(${argument})`;
}

function callLines(call: Call, end: string): readonly string[] {
  const line = `    ${inline(call)}${end}`;
  const { method, argument, items } = call;
  if (line.length <= LINE_WIDTH || argument === undefined) return [line];
  if (items) return [`    .${method}([`, ...items.map((item) => `      ${item},`), `    ])${end}`];
  return [`    .${method}(`, `      ${argument},`, `    )${end}`];
}
