import { z } from 'zod';

import type { Workflow } from '../authoring/workflow';
import { nearestName } from '../nearest.name';

/** What a file turned out to be. */
export type FileKind =
  | { readonly kind: 'workflow'; readonly workflow: Workflow }
  /** It exports neither of the two: something that workflows import. */
  | { readonly kind: 'helper' }
  | { readonly kind: 'broken'; readonly reason: string };

/** Looks for a workflow in what a file exports: as its default, as `module.exports`, or by name. */
export function readExport(exported: unknown): FileKind {
  const found = [memberOf(exported, 'default'), exported].find(looksLikeWorkflow);
  if (!found) return helperOrMisspelt(exported);
  const missing = PARTS.find((part) => memberOf(found, part) === undefined);
  if (missing) return broken(`It exports no ${missing}${whatItExports(found)}`);
  const { error } = workflowSchema.safeParse(found);
  // The object itself: its functions may say `this`.
  return error
    ? broken(error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '))
    : { kind: 'workflow', workflow: found as Workflow };
}

/** A helper does not have both names nearly right. */
function helperOrMisspelt(exported: unknown): FileKind {
  const misspelt = [memberOf(exported, 'default'), exported].find((value) =>
    PARTS.every((part) => nearestName(part, namesIn(value)) !== undefined),
  );
  return misspelt === undefined
    ? { kind: 'helper' }
    : broken(`It exports neither ${PARTS.join(' nor ')}${whatItExports(misspelt)}`);
}

function whatItExports(found: unknown): string {
  const names = namesIn(found).map((name) => {
    const part = PARTS.includes(name) ? undefined : nearestName(name, PARTS);
    return part === undefined ? `"${name}"` : `"${name}" (is ${part} meant?)`;
  });
  return `, but ${names.join(', ')}`;
}

function namesIn(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** The default may be a promise of a workflow. */
export async function settledExport(exported: unknown): Promise<unknown> {
  const settled: unknown = await exported;
  const main: unknown = await memberOf(settled, 'default');
  return looksLikeWorkflow(main) ? main : settled;
}

const PARTS: readonly string[] = ['RequestSchema', 'generateWorkflow'];

function looksLikeWorkflow(value: unknown): value is object {
  return PARTS.some((part) => memberOf(value, part) !== undefined);
}

function memberOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

const workflowSchema = z.object({
  RequestSchema: z.custom((value) => value instanceof z.ZodType, {
    error: ({ input }) =>
      memberOf(input, '_def') === undefined
        ? 'is no Zod schema'
        : "was made by another copy of Zod; import { z } from 'zod' gives the gateway's",
  }),
  generateWorkflow: z.custom((value) => typeof value === 'function', 'is no function'),
  summary: z.string('is no text').optional(),
  description: z.string('is no text').optional(),
  examples: z.record(z.string(), z.unknown(), 'is no table of inputs by name').optional(),
});

function broken(reason: string): FileKind {
  return { kind: 'broken', reason };
}
