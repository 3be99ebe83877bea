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
  let schema: ReturnType<typeof requestSchema> | undefined;
  // Asynchronous, so that all that the author's code throws takes one way.
  const generate = async (input: unknown): Promise<unknown> =>
    computed(() => workflow.generateWorkflow(input));

  return async (body) => {
    try {
      const checked = (schema ??= requestSchema(workflow.RequestSchema, besides()));
      const parsed = await computed(() => checked.safeParseAsync(body));
      if (!parsed.success) throw invalid(parsed.error);
      const { input, ...fields } = parsed.data;
      // Before the workflow can change it.
      const warnings = ignoredInput(workflow.RequestSchema, givenInput(body));
      const echo = { input: plainJson(input), ...(warnings.length > 0 && { warnings }) };
      const graph = await within(GENERATED_WITHIN_MS, generate(input), 'The workflow');
      return { prompt: plainJson(graph), fields, echo };
    } catch (error) {
      if (error instanceof ZodValidationException) throw error;
      log.warn({ err: error, workflow: file }, 'a workflow failed over its input');
      throw new WorkflowFailedError(messageOf(error), { cause: error });
    }
  };
}

function givenInput(body: unknown): unknown {
  return (body as { readonly input?: unknown }).input;
}

function computed<T>(work: () => T): T {
  return interruptibly(COMPUTED_WITHIN_MS, work, 'The workflow');
}

function invalid(error: z.ZodError): ZodValidationException {
  return new ZodValidationException(new z.ZodError(explainedIssues(error.issues)));
}
