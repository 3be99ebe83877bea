import { stringifyJson } from '@gateway/comfy-protocol';
import type { JsonSchema } from '@gateway/workflow-files';

/**
 * The inputs as a Markdown table, from their JSON Schema (draft 2020-12). Fields of objects are rows
 * of their own, `style.name`; the alternatives of a union are tables of their own.
 */
export function inputTable(schema: JsonSchema): string {
  const root = new Schemas(schema);
  const rows = root.rowsOf(schema);
  if (rows.length > 0) return tableOf(rows);
  const tables = root
    .alternativesOf(schema)
    .map((alternative) => root.rowsOf(alternative))
    .filter((alternative) => alternative.length > 0)
    .map(tableOf);
  return tables.join('\n\nor\n\n');
}

interface Row {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

const HEADINGS = ['Input', 'Type', 'Required', 'Default', 'Values', 'Description'];
/** A folder of checkpoints can hold thousands. */
const SHOWN_CHOICES = 20;
const MAX_DEPTH = 4;

/** Looks schemas up in one document. */
class Schemas {
  constructor(private readonly root: JsonSchema) {}

  rowsOf(schema: JsonSchema, prefix = '', depth = 0): readonly Row[] {
    const object = this.resolve(schema);
    const required = listOf(object['required']);
    return Object.entries(schemaTable(object['properties'])).flatMap(([key, field]) => {
      const name = `${prefix}${key}`;
      const below = depth < MAX_DEPTH ? this.rowsOf(field, `${name}.`, depth + 1) : [];
      const row = { name, schema: this.shown(field), required: required.includes(key) };
      return [row, ...below];
    });
  }

  alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
    const { anyOf, oneOf } = this.resolve(schema);
    return listOf(anyOf ?? oneOf).filter(isSchema);
  }

  private shown(schema: JsonSchema): JsonSchema {
    return { ...this.resolve(schema), ...schema };
  }

  /** The table ends at a depth, so that a schema that holds itself is no trouble. */
  private resolve(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if ($ref === '#') return this.root;
    const name = typeof $ref === 'string' ? $ref.replace('#/$defs/', '') : undefined;
    return name === undefined ? schema : (schemaTable(this.root['$defs'])[name] ?? {});
  }
}

function tableOf(rows: readonly Row[]): string {
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function cellsOf({ name, schema, required }: Row): readonly string[] {
  const { default: fallback, description } = schema;
  return [
    code(name),
    typeOf(schema),
    required ? 'yes' : 'no',
    fallback === undefined ? '' : code(stringifyJson(fallback)),
    valuesOf(schema),
    typeof description === 'string' ? escaped(description) : '',
  ];
}

function typeOf(schema: JsonSchema): string {
  const { type, items, anyOf, oneOf, $ref } = schema;
  if (type === 'array' && isSchema(items)) return `array of ${typeOf(items)}`;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.join(' or ');
  if (schema['enum'] !== undefined || 'const' in schema) return 'string';
  const alternatives = listOf(anyOf ?? oneOf).filter(isSchema);
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(' or ');
  return typeof $ref === 'string' ? 'object' : 'any';
}

function valuesOf(schema: JsonSchema): string {
  if ('const' in schema) return code(stringifyJson(schema['const']));
  const choices = listOf(schema['enum']);
  if (choices.length > 0) return choicesOf(choices);
  const alternatives = listOf(schema['anyOf'] ?? schema['oneOf']).filter(isSchema);
  const parts = [
    rangeOf(schema),
    ...KEYWORDS.flatMap(([keyword, words]) => {
      const value = schema[keyword];
      return value === undefined
        ? []
        : [`${words} ${escaped(typeof value === 'string' ? value : stringifyJson(value))}`];
    }),
    ...alternatives.map(valuesOf),
    isSchema(schema['items']) ? valuesOf(schema['items']) : '',
  ];
  return [...new Set(parts)].filter((part) => part !== '').join('; ');
}

function choicesOf(choices: readonly unknown[]): string {
  const shown = choices.slice(0, SHOWN_CHOICES).map((choice) => code(stringifyJson(choice)));
  const more = choices.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const more = minimum === undefined ? '>' : '≥';
  const less = maximum === undefined ? '<' : '≤';
  const bounds = [
    low === undefined ? '' : `${more} ${stringifyJson(low)}`,
    high === undefined ? '' : `${less} ${stringifyJson(high)}`,
  ];
  return bounds.filter((bound) => bound !== '').join(', ');
}

const KEYWORDS = [
  ['multipleOf', 'multiple of'],
  ['minLength', 'length ≥'],
  ['maxLength', 'length ≤'],
  ['minItems', 'items ≥'],
  ['maxItems', 'items ≤'],
  ['format', 'format'],
] as const;

/** A cell ends at `|`, and a row at the end of the line. */
function escaped(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
}

function code(text: string): string {
  return `\`${escaped(text.replaceAll('`', "'"))}\``;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function schemaTable(value: unknown): Readonly<Record<string, JsonSchema>> {
  return isSchema(value) ? (value as Readonly<Record<string, JsonSchema>>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
