import { isLink, type JsonValue, type PromptGraph } from '@gateway/comfy-protocol';

/** The types of a graph, no wider than this graph needs. */
export function nodeTypes(graph: PromptGraph): string {
  const nodes = Object.values(graph);
  const values = nodes.flatMap(({ inputs }) => Object.values<JsonValue>(inputs));
  const metas = nodes.flatMap(({ _meta }) => (_meta === undefined ? [] : [_meta]));
  const hasOtherKeys = nodes.some((node) => Object.keys(node).some((key) => !KEYS.has(key)));
  const fields = [
    'class_type: string;',
    `inputs: Record<string, ${inputType(values)}>;`,
    ...(metas.length > 0
      ? [`_meta?: ${metas.every(isTitle) ? '{ title: string }' : 'unknown'};`]
      : []),
    ...(hasOtherKeys ? ['[key: string]: unknown;'] : []),
  ];
  return `/** The output of another node: its id, and which of its outputs. */
type Link = [node: string, output: number];

interface ComfyNode {
${fields.map((field) => `  ${field}`).join('\n')}
}

type ComfyPrompt = Record<string, ComfyNode>;`;
}

const KEYS: ReadonlySet<string> = new Set(['class_type', 'inputs', '_meta']);

function inputType(values: readonly JsonValue[]): string {
  const isOther = (value: JsonValue): boolean =>
    typeof value === 'object' && value !== null && !isLink(value);
  if (values.some(isOther)) return 'unknown';
  const more = [
    ...(values.some((value) => typeof value === 'bigint') ? ['bigint'] : []),
    ...(values.includes(null) ? ['null'] : []),
  ];
  return ['string', 'number', 'boolean', ...more, 'Link'].join(' | ');
}

function isTitle(meta: JsonValue): boolean {
  const isObject = typeof meta === 'object' && meta !== null && !Array.isArray(meta);
  const entries = isObject ? Object.entries<JsonValue>(meta) : [];
  return entries.length === 1 && entries[0]?.[0] === 'title' && typeof entries[0][1] === 'string';
}
