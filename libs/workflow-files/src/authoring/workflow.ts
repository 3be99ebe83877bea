import type { z } from 'zod';

/** What a node of a graph in API format may be given as. */
export interface WorkflowNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly _meta?: unknown;
}

/** A graph in API format: node id → node. */
export type WorkflowGraph = Readonly<Record<string, WorkflowNode>>;

/** What a workflow file exports: as its default, as `module.exports`, or by name. */
export interface Workflow<Schema extends z.ZodType = z.ZodType> {
  /** Checks `input`, fills in its defaults, and is its documentation. */
  readonly RequestSchema: Schema;
  /** Turns the checked input into the graph that runs. What it throws, the caller is told. */
  generateWorkflow(input: z.output<Schema>): WorkflowGraph | Promise<WorkflowGraph>;
  /** One line, for lists. */
  readonly summary?: string;
  /** Markdown, for the documentation. */
  readonly description?: string;
  /** Name → input, offered in the documentation. */
  readonly examples?: Readonly<Record<string, z.input<Schema>>>;
}

/**
 * Gives a workflow its types: `input` is what `RequestSchema` puts out. It changes nothing; a plain
 * object with the same members is as good.
 *
 * ```ts
 * import { config, defineWorkflow, z } from 'comfyui-gateway';
 *
 * export default defineWorkflow({
 *   RequestSchema: z.object({ prompt: z.string(), sampler: config.samplers.default('euler') }),
 *   generateWorkflow: ({ prompt, sampler }) => ({ … }),
 * });
 * ```
 */
export function defineWorkflow<Schema extends z.ZodType>(
  workflow: Workflow<Schema>,
): Workflow<Schema> {
  return workflow;
}
