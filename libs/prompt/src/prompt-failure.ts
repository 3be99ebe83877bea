import type { ExecutionError, JsonObject, NodeErrors } from '@gateway/comfy-protocol';
import { DomainError } from '@gateway/kernel';
import type { JobFailure } from '@gateway/jobs';

import { PromptRejectedError, type PromptFailureCode } from './prompt.errors';

/** A failure of the kind a caller is told about. */
function failure(
  code: PromptFailureCode,
  message: string,
  details?: JsonObject,
): JobFailure & { readonly code: PromptFailureCode } {
  return details ? { code, message, details } : { code, message };
}

/** A node raised: which one, what, and with which message. */
export function executionFailure(error: ExecutionError): JobFailure {
  const message = error.exception_message.trim();
  return failure(
    'prompt.execution_failed',
    `Node ${error.node_id} (${error.node_type}) failed: ${error.exception_type}: ${message}`,
    {
      node_id: error.node_id,
      class_type: error.node_type,
      exception_type: error.exception_type,
      exception_message: message,
    },
  );
}

/**
 * The engine went away with the prompt. The cause names its exit and its very last line; the others
 * are in our log alone, for they may speak of other callers' prompts.
 */
export function engineLostFailure(cause: Error): JobFailure {
  const message = `ComfyUI was lost while it had the prompt: ${cause.message}`;
  return failure('prompt.engine_lost', message, {
    cause: cause instanceof DomainError ? cause.code : cause.name,
  });
}

/** Any error on the way, as the failure it means; what nobody foresaw stays `prompt.internal`. */
export function failureFrom(error: unknown): JobFailure {
  if (error instanceof PromptRejectedError) {
    return failure(error.code, error.message, {
      location: error.location,
      ...(error.nodeErrors && { node_errors: plainNodeErrors(error.nodeErrors) }),
    });
  }
  if (error instanceof DomainError) {
    const code = FAILURE_CODES[error.code];
    if (code) return failure(code, error.message);
  }
  return failure('prompt.internal', 'The gateway failed to run this prompt');
}

/** Errors of other libs that end a job, and what they mean to its caller. */
const FAILURE_CODES: Readonly<Record<string, PromptFailureCode>> = {
  'prompt.engine_unavailable': 'prompt.engine_unavailable',
  'prompt.engine_not_ready': 'prompt.engine_not_ready',
  'prompt.shutting_down': 'prompt.shutting_down',
  'queue.closed': 'prompt.shutting_down',
  'prompt.canceled': 'prompt.canceled',
  'prompt.credentials_lost': 'prompt.credentials_lost',
  'prompt.timed_out': 'prompt.timed_out',
  'state.unavailable': 'state.unavailable',
  'prompt.preprocessing_failed': 'prompt.preprocessing_failed',
  'input.not_stored': 'input.not_stored',
  'comfy.unreachable': 'prompt.engine_lost',
  'comfy.http_error': 'prompt.engine_lost',
  'comfy.client_stopped': 'prompt.shutting_down',
  'comfy.prompt_too_large': 'prompt.too_large',
  'comfy.output_missing': 'output.missing',
  'comfy.path_outside_folder': 'output.missing',
  'output.conversion_failed': 'output.conversion_failed',
};

function plainNodeErrors(nodeErrors: NodeErrors): JsonObject {
  return nodeErrors as unknown as JsonObject;
}
