import type { TooManyStreamsError } from '@gateway/comfy-api-v2';
import type {
  IllegalTransitionError,
  JobConflictError,
  JobExistsError,
  JobNotFoundError,
  NotAcceptingError,
  QueueFullError,
} from '@gateway/jobs';
import type { EngineUnavailableError, PromptFailureCode } from '@gateway/prompt';
import type { WorkflowFailedError, WorkflowNotFoundError } from '@gateway/workflow-registry';
import { HttpStatus } from '@nestjs/common';

/** Codes of the errors that reach the edge. A code without a status does not compile. */
type ErrorCode =
  | PromptFailureCode
  | (
      | EngineUnavailableError
      | IllegalTransitionError
      | JobConflictError
      | JobExistsError
      | JobNotFoundError
      | NotAcceptingError
      | QueueFullError
      | TooManyStreamsError
      | WorkflowFailedError
      | WorkflowNotFoundError
    )['code'];

const STATUSES = {
  'prompt.malformed': HttpStatus.BAD_REQUEST,
  'prompt.ui_format': HttpStatus.UNPROCESSABLE_ENTITY,
  'prompt.unsafe_path': HttpStatus.BAD_REQUEST,
  'prompt.refused': HttpStatus.BAD_REQUEST,
  'input.unreadable': HttpStatus.BAD_REQUEST,
  'input.wrong_type': HttpStatus.BAD_REQUEST,
  'input.unreachable': HttpStatus.BAD_REQUEST,
  'input.forbidden': HttpStatus.BAD_REQUEST,
  'input.too_large': HttpStatus.BAD_REQUEST,
  'input.too_many': HttpStatus.BAD_REQUEST,
  'input.missing_asset': HttpStatus.BAD_REQUEST,
  'input.not_stored': HttpStatus.SERVICE_UNAVAILABLE,
  'webhook.forbidden': HttpStatus.BAD_REQUEST,
  'workflow.failed': HttpStatus.BAD_REQUEST,
  'workflow.not_found': HttpStatus.NOT_FOUND,
  'prompt.too_large': HttpStatus.PAYLOAD_TOO_LARGE,
  'prompt.preprocessing_failed': HttpStatus.INTERNAL_SERVER_ERROR,
  'prompt.execution_failed': HttpStatus.INTERNAL_SERVER_ERROR,
  'prompt.canceled': HttpStatus.CONFLICT,
  'prompt.credentials_lost': HttpStatus.CONFLICT,
  'state.unavailable': HttpStatus.SERVICE_UNAVAILABLE,
  'prompt.timed_out': HttpStatus.GATEWAY_TIMEOUT,
  'prompt.engine_lost': HttpStatus.BAD_GATEWAY,
  'prompt.engine_unavailable': HttpStatus.BAD_GATEWAY,
  'prompt.engine_not_ready': HttpStatus.SERVICE_UNAVAILABLE,
  'prompt.shutting_down': HttpStatus.SERVICE_UNAVAILABLE,
  'prompt.internal': HttpStatus.INTERNAL_SERVER_ERROR,
  'output.missing': HttpStatus.BAD_GATEWAY,
  'output.conversion_failed': HttpStatus.INTERNAL_SERVER_ERROR,
  'job.exists': HttpStatus.CONFLICT,
  'job.not_found': HttpStatus.NOT_FOUND,
  'job.conflict': HttpStatus.CONFLICT,
  'job.illegal_transition': HttpStatus.CONFLICT,
  'queue.full': HttpStatus.TOO_MANY_REQUESTS,
  'streams.too_many': HttpStatus.TOO_MANY_REQUESTS,
  'queue.closed': HttpStatus.SERVICE_UNAVAILABLE,
} as const satisfies Record<ErrorCode, HttpStatus>;

/** The status of a domain error's code; a code that was never meant for the edge is a 500. */
export function statusOf(code: string): HttpStatus {
  return code in STATUSES ? STATUSES[code as ErrorCode] : HttpStatus.INTERNAL_SERVER_ERROR;
}
