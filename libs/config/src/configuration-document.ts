import type { z } from 'zod';

import { assetsVariables } from './slices/assets.slice';
import { comfyVariables } from './slices/comfy.slice';
import { extensionsVariables } from './slices/extensions.slice';
import { httpVariables } from './slices/http.slice';
import { jobsVariables } from './slices/jobs.slice';
import { logVariables } from './slices/log.slice';
import { outboundVariables } from './slices/outbound.slice';
import { webhooksVariables } from './slices/webhooks.slice';
import { workflowsVariables } from './slices/workflows.slice';
import { SALAD_VARIABLES } from './system-metadata';

/** Every variable, its default and its meaning, in Markdown: the text of `docs/configuration.md`. */
export function configurationDocument(): string {
  return (
    [INTRODUCTION, ...CHAPTERS.map(chapter), METADATA, executableChapter()].join('\n\n') + '\n'
  );
}

interface Chapter {
  readonly title: string;
  readonly variables: z.ZodObject;
}

const CHAPTERS: readonly Chapter[] = [
  { title: 'ComfyUI', variables: comfyVariables },
  { title: 'The gateway', variables: httpVariables },
  { title: 'Jobs and their files', variables: jobsVariables },
  { title: 'Comfy API v2 and its files', variables: assetsVariables },
  { title: 'Workflows and warm-up', variables: workflowsVariables },
  { title: 'Webhooks and events', variables: webhooksVariables },
  { title: 'URLs that clients name', variables: outboundVariables },
  { title: 'Extensions', variables: extensionsVariables },
  { title: 'Logs', variables: logVariables },
];

const INTRODUCTION = `# Configuration

<!-- Written by "npm run docs" from the schemas in libs/config. -->

Everything is an environment variable, read once at the start. Wrong ones stop the start, all of them
in one go, a line each. An empty variable counts as one that is not set, except \`CMD\` and \`BASE\`.`;

const METADATA = `## Metadata of system webhooks

\`SYSTEM_META_<name>=<value>\` adds \`{ "<name>": "<value>" }\` to the \`metadata\` of each. On SaladCloud
these are added, in lower case: ${SALAD_VARIABLES.map((name) => `\`${name}\``).join(', ')}.`;

function chapter({ title, variables }: Chapter): string {
  const shape: Readonly<Record<string, z.ZodType>> = variables.shape;
  const rows = Object.entries(shape).map(([name, schema]) => [
    `\`${name}\``,
    defaultOf(schema),
    schema.description ?? '',
  ]);
  return `## ${title}\n\n${table([['variable', 'default', 'meaning'], ...rows])}`;
}

/** Its variable is read by packaging/executable, before there is a gateway. */
function executableChapter(): string {
  const row = [
    '`COMFYUI_GATEWAY_CACHE_DIR`',
    '',
    "Folder that it unpacks its files into; `comfyui-gateway` in the user's cache directory if unset.",
  ];
  return `## The single executable\n\n${table([['variable', 'default', 'meaning'], row])}`;
}

function defaultOf({ def }: z.ZodType): string {
  const value = 'defaultValue' in def ? def.defaultValue : undefined;
  if (typeof value !== 'string') return '';
  return value === '' ? 'empty' : `\`${value}\``;
}

/** Columns as wide as their widest cell, so that the text itself can be read. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  const [head = '', ...body] = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}
