import type { JsonValue, PromptGraph } from '@gateway/comfy-protocol';

import type { RequestInput } from '../authoring/request-input';
import { graphLines, inlineValue } from './graph.source';
import { nodeTypes } from './node-types.source';
import { LINE_WIDTH, schemaSource } from './schema.source';
import { commentText, propertyKey, stringLiteral } from './typescript-text';

/** Everything a workflow file is written from. */
export interface WorkflowParts {
  readonly graph: PromptGraph;
  readonly inputs: readonly RequestInput[];
  readonly summary: string;
  readonly description: string;
  /** For the comment at its top: where it is from, and what to know about it. */
  readonly origin: string;
  readonly notes: readonly string[];
}

/** The text of a workflow file. */
export function workflowSource(parts: WorkflowParts): string {
  const { graph, inputs } = parts;
  const usesConfig = inputs.some(({ schema }) => CONFIGURED.has(schema.type));
  const imports = ["import { z } from 'zod';"].concat(
    usesConfig ? ["import config from '../config';"] : [],
  );
  const parameter = inputs.length > 0 ? 'input: InputType' : '';
  return [
    `${headerComment(parts)}\n${imports.join('\n')}`,
    nodeTypes(graph),
    schemaSource(inputs),
    ...(inputs.length > 0 ? ['type InputType = z.infer<typeof RequestSchema>;'] : []),
    [
      `function generateWorkflow(${parameter}): ComfyPrompt {`,
      ...graphLines(graph, inputs),
      '}',
    ].join('\n'),
    ['export default {', ...exportLines(parts), '};', ''].join('\n'),
  ].join('\n\n');
}

const CONFIGURED: ReadonlySet<string> = new Set(['samplers', 'schedulers', 'model']);

function headerComment({ origin, notes }: WorkflowParts): string {
  const lines = [...wrapped(origin, ''), ...notes.flatMap((note) => ['', ...wrapped(note, '')])];
  return ['/**', ...lines.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'].join('\n');
}

function wrapped(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const word of commentText(text).split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length + 4 < LINE_WIDTH) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(indent + word);
    }
  }
  return lines;
}

function exportLines({ inputs, summary, description }: WorkflowParts): readonly string[] {
  return [
    '  RequestSchema,',
    '  generateWorkflow,',
    ...textLines('summary', summary),
    ...textLines('description', description),
    ...exampleLines(inputs.filter(({ fallback }) => fallback.type === 'required')),
  ];
}

function textLines(key: string, text: string, indent = '  '): readonly string[] {
  const line = `${indent}${propertyKey(key)}: ${stringLiteral(text)},`;
  if (line.length <= LINE_WIDTH || key.length < 5) return [line];
  return [`${indent}${propertyKey(key)}:`, `${indent}  ${stringLiteral(text)},`];
}

/** What the graph itself has where the caller must say something. */
function exampleLines(required: readonly RequestInput[]): readonly string[] {
  if (required.length === 0) return [];
  return [
    '  examples: {',
    '    original: {',
    ...required.flatMap(({ name, original }) =>
      typeof original === 'string'
        ? textLines(name, original, '      ')
        : [`      ${name}: ${inlineValue(original as JsonValue)},`],
    ),
    '    },',
    '  },',
  ];
}
