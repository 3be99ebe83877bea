import { pythonJson } from '../media/python-json';
import type { JsonValue } from '@gateway/comfy-protocol';
import { anything, bool, choice, float, longInt, text } from './node-input';
import { give, v1Node, v3Node, type InputTable, type NodeTable } from './node-spec';

const STRINGS = 'comfy_extras.nodes_string';
const PRIMITIVES = 'comfy_extras.nodes_primitive';
const PRIMITIVE_CATEGORY = 'utils/primitive';
/** Python's `sys.maxsize`. */
const MAX_INT = 9223372036854775807n;

/** Text and plain values. */
export const textNodes = {
  PreviewAny: v1Node({
    module: 'comfy_extras.nodes_preview_any',
    category: 'utils',
    title: 'Preview Any',
    required: { source: anything('*', {}) },
    outputs: [],
    isOutput: true,
    run: ({ source }) => ({ outputs: [], ui: { text: [printed(source)] } }),
  }),

  PrimitiveInt: primitive('Int', 'INT', {
    value: longInt({ min: -MAX_INT, max: MAX_INT, control_after_generate: true }),
  }),
  PrimitiveFloat: primitive('Float', 'FLOAT', {
    value: float({ min: -Number(MAX_INT), max: Number(MAX_INT) }),
  }),
  PrimitiveBoolean: primitive('Boolean', 'BOOLEAN', { value: bool() }),
  PrimitiveString: primitive('String', 'STRING', { value: text() }),
  PrimitiveStringMultiline: primitive('String (Multiline)', 'STRING', {
    value: text({ multiline: true }),
  }),

  StringConcatenate: v3Node({
    module: STRINGS,
    category: 'utils/string',
    title: 'Concatenate',
    required: {
      string_a: text({ multiline: true }),
      string_b: text({ multiline: true }),
      delimiter: text({ default: '' }),
    },
    outputs: ['STRING'],
    run: ({ string_a, string_b, delimiter }) => give(`${string_a}${delimiter}${string_b}`),
  }),

  StringLength: v3Node({
    module: STRINGS,
    category: 'utils/string',
    title: 'Length',
    required: { string: text({ multiline: true }) },
    outputs: ['INT'],
    outputNames: ['length'],
    // Python counts code points.
    run: ({ string }) => give(Array.from(string).length),
  }),

  StringReplace: v3Node({
    module: STRINGS,
    category: 'utils/string',
    title: 'Replace',
    required: {
      string: text({ multiline: true }),
      find: text({ multiline: true }),
      replace: text({ multiline: true }),
    },
    outputs: ['STRING'],
    run: ({ string, find, replace }) => give(string.replaceAll(find, () => replace)),
  }),

  CaseConverter: v3Node({
    module: STRINGS,
    category: 'utils/string',
    title: 'Case Converter',
    required: {
      string: text({ multiline: true }),
      mode: choice(['UPPERCASE', 'lowercase', 'Capitalize', 'Title Case']),
    },
    outputs: ['STRING'],
    run: ({ string, mode }) => give(convertCase(string, mode)),
  }),

  Preview3D: v1Node({
    module: 'comfy_extras.nodes_load_3d',
    category: '3d',
    title: 'Preview 3D',
    required: { model_file: text({ default: '', multiline: false }) },
    optional: { camera_info: anything('LOAD3D_CAMERA') },
    outputs: [],
    isOutput: true,
    run: ({ model_file, camera_info }) => ({
      outputs: [],
      ui: { result: [model_file, (camera_info ?? null) as JsonValue] },
    }),
  }),
} satisfies NodeTable;

function primitive(title: string, type: string, required: InputTable) {
  return v3Node({
    module: PRIMITIVES,
    category: PRIMITIVE_CATEGORY,
    title,
    required,
    outputs: [type],
    run: (inputs) => give(inputs['value']),
  });
}

/** As Python's `str()` for plain values and `json.dumps` for the rest. */
function printed(source: unknown): string {
  if (typeof source === 'string') return source;
  if (typeof source === 'boolean') return source ? 'True' : 'False';
  if (source === null || source === undefined) return 'None';
  if (typeof source === 'number' || typeof source === 'bigint') return source.toString();
  if (typeof source === 'object' && 'kind' in source) return describeTensor(source);
  return pythonJson(source as JsonValue);
}

function describeTensor(value: object): string {
  const facts = Object.entries(value).filter(([, fact]) => typeof fact !== 'object');
  return facts.map(([name, fact]) => `${name}: ${String(fact)}`).join(', ');
}

function convertCase(string: string, mode: string): string {
  switch (mode) {
    case 'UPPERCASE':
      return string.toUpperCase();
    case 'lowercase':
      return string.toLowerCase();
    case 'Capitalize':
      return capitalized(string);
    case 'Title Case':
      return string.replace(/\p{L}+/gu, capitalized);
    default:
      return string;
  }
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
}
