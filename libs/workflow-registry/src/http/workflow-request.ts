import { within, type Log } from '@gateway/kernel';
import type { DoorRequest, RunFieldSchemas } from '@gateway/prompt';
import { messageOf } from '@gateway/workflow-files';
import { ZodValidationException } from 'nestjs-zod';
import { z } from 'zod';

import { requestSchema } from '../describing/request-schema';
import { interruptibly } from '../interruption';
import type { ServedWorkflow } from '../workflow.catalogue';
import { WorkflowFailedError } from '../workflow.errors';
import { explainedIssues } from './explained-issues';
import { ignoredInput } from './ignored-input';
import { plainJson } from './plain-json';

/** An author's code may wait for something, but not for ever. */
const GENERATED_WITHIN_MS = 60_000;

/** While it computes, nobody else is served. */
const COMPUTED_WITHIN_MS = 5_000;

/**
 * Makes requests to a workflow into requests at the door of prompts: the input is checked, its
 * defaults are filled in, and the workflow turns it into its graph. `besides` is asked once, at the
 * first request.
 *
 * What it returns rejects with ZodValidationException, naming every field that is wrong, or with
 * WorkflowFailedError.
 */
export function workflowRequests(
  { file, workflow }: ServedWorkflow,
  log: Log,
  besides: () => RunFieldSchemas,
): (body: unknown) => Promise<DoorRequest> {
  let schema: Schema | undefined;

  const made = (parsed: Parsed, body: unknown): Promise<DoorRequest> => {
    if (!parsed.success) throw invalid(parsed.error);
    const { input, ...fields } = parsed.data;
    // Before the workflow can change it.
    const warnings = ignoredInput(workflow.RequestSchema, givenInput(body));
    const echo = { input: plainJson(input), ...(warnings.length > 0 && { warnings }) };
    const generated = Promise.resolve(workflow.generateWorkflow(input));
    return within(GENERATED_WITHIN_MS, generated, 'The workflow').then((graph) => ({
      prompt: plainJson(graph),
      fields,
      echo,
    }));
  };

  return async (body) => {
    try {
      const checked = (schema ??= requestSchema(workflow.RequestSchema, besides()));
      return await computed(() => {
        const parsed = parse(checked, body);
        return parsed instanceof Promise
          ? parsed.then((late) => computed(() => made(late, body)))
          : made(parsed, body);
      });
    } catch (error) {
      if (error instanceof ZodValidationException) throw error;
      log.warn({ err: error, workflow: file }, 'a workflow failed over its input');
      throw new WorkflowFailedError(messageOf(error), { cause: error });
    }
  };
}

type Schema = ReturnType<typeof requestSchema>;
type Parsed =
  | { readonly success: true; readonly data: z.output<Schema> }
  | { readonly success: false; readonly error: z.ZodError };

/**
 * `safeParseAsync`, except that the answer is there at once where nothing waits. `safeParse` would not
 * do: it starts what waits before it refuses it, and leaves it to nobody.
 */
function parse(schema: Schema, body: unknown): Parsed | Promise<Parsed> {
  const context: z.core.ParseContextInternal = { async: true };
  const result = schema._zod.run({ value: body, issues: [] }, context);
  return result instanceof Promise ? result.then(concluded) : concluded(result);

  function concluded({ value, issues }: z.core.ParsePayload): Parsed {
    if (issues.length === 0) return { success: true, data: value as z.output<Schema> };
    const told = issues.map((issue) => z.core.util.finalizeIssue(issue, context, z.core.config()));
    return { success: false, error: new z.ZodError(told) };
  }
}

function givenInput(body: unknown): unknown {
  return (body as { readonly input?: unknown }).input;
}

/** To watch over a call costs a thread, so what can be done in one call is. */
function computed<T>(work: () => T): T {
  return interruptibly(COMPUTED_WITHIN_MS, work, 'The workflow');
}

function invalid(error: z.ZodError): ZodValidationException {
  return new ZodValidationException(new z.ZodError(explainedIssues(error.issues)));
}
