import type {
  AssetDamagedError,
  AssetInUseError,
  AssetNotFoundError,
  AssetTooLargeError,
  BlobNotFoundError,
  HashMismatchError,
  InvalidFilePathError,
  InvalidModelError,
  ModelExistsError,
  ModelFolderError,
  ModelsNotAllowedError,
  NoRoomError,
} from '@gateway/assets';
import type { JobNotFoundError, NotAcceptingError, QueueFullError } from '@gateway/jobs';
import { DomainError } from '@gateway/kernel';
import {
  PromptRejectedError,
  type EngineUnavailableError,
  type PromptFailureCode,
  type PromptRejectionCode,
} from '@gateway/prompt';
import type { StateUnavailableError } from '@gateway/state';
import { HttpException, HttpStatus } from '@nestjs/common';
import { ZodValidationException } from 'nestjs-zod';
import type { ZodError } from 'zod';

import { InvalidRequestError, type ApiV2Error } from './comfy-api-v2.errors';
import type { TooManyStreamsError } from './events/streams.errors';
import { nodeErrorsOf } from './node-errors';

/** Body of every error answer below `/api/v2`. */
interface ErrorEnvelope {
  readonly error: {
    /** Stable, for programs. */
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

export interface ErrorAnswer {
  readonly status: number;
  readonly envelope: ErrorEnvelope;
  /** Seconds. */
  readonly retryAfterS?: number;
}

type ErrorCode =
  | PromptRejectionCode
  | Extract<PromptFailureCode, 'input.not_stored' | 'prompt.engine_not_ready'>
  | CodedError['code'];

type CodedError =
  | ApiV2Error
  | AssetDamagedError
  | AssetInUseError
  | AssetNotFoundError
  | AssetTooLargeError
  | BlobNotFoundError
  | HashMismatchError
  | InvalidFilePathError
  | InvalidModelError
  | ModelExistsError
  | ModelFolderError
  | ModelsNotAllowedError
  | NoRoomError
  | EngineUnavailableError
  | JobNotFoundError
  | NotAcceptingError
  | QueueFullError
  | StateUnavailableError
  | TooManyStreamsError;

interface Outcome {
  readonly status: number;
  /** The contract's word for it, or one beside those. */
  readonly code: string;
  readonly retryAfterS?: number;
}

const UPSTREAM: Outcome = { status: HttpStatus.INTERNAL_SERVER_ERROR, code: 'upstream_error' };
const INVALID: Outcome = { status: HttpStatus.UNPROCESSABLE_ENTITY, code: 'invalid_request' };

const INVALID_WORKFLOW: Outcome = {
  status: HttpStatus.UNPROCESSABLE_ENTITY,
  code: 'invalid_workflow',
};
/** An engine that starts, or a gateway that is replaced, is soon there again. */
const COMES_BACK: Outcome = {
  status: HttpStatus.SERVICE_UNAVAILABLE,
  code: 'service_unavailable',
  retryAfterS: 5,
};

/** Errors that reach this door. A code without an outcome does not compile. */
const OUTCOMES = {
  'asset.not_found': { status: HttpStatus.NOT_FOUND, code: 'not_found' },
  'asset.blob_not_found': { status: HttpStatus.NOT_FOUND, code: 'blob_not_found' },
  'asset.hash_mismatch': { status: HttpStatus.CONFLICT, code: 'hash_mismatch' },
  'asset.in_use': { status: HttpStatus.CONFLICT, code: 'asset_in_use' },
  'asset.model_exists': { status: HttpStatus.CONFLICT, code: 'model_exists' },
  'asset.models_not_allowed': { status: HttpStatus.FORBIDDEN, code: 'forbidden' },
  'asset.model_folder_unusable': {
    status: HttpStatus.SERVICE_UNAVAILABLE,
    code: 'service_unavailable',
    retryAfterS: 30,
  },
  'asset.too_large': { status: HttpStatus.PAYLOAD_TOO_LARGE, code: 'payload_too_large' },
  // What jobs need goes with them, but nobody can say when: to ask again soon would not help.
  'asset.no_room': { status: HttpStatus.PAYLOAD_TOO_LARGE, code: 'payload_too_large' },
  'asset.invalid_path': INVALID,
  'asset.invalid_model': { status: HttpStatus.UNPROCESSABLE_ENTITY, code: 'invalid_model' },
  'asset.damaged': UPSTREAM,
  'state.unavailable': {
    status: HttpStatus.SERVICE_UNAVAILABLE,
    code: 'service_unavailable',
    retryAfterS: 30,
  },
  'job.not_found': { status: HttpStatus.NOT_FOUND, code: 'not_found' },
  'queue.full': { status: HttpStatus.TOO_MANY_REQUESTS, code: 'queue_full' },
  'queue.closed': COMES_BACK,
  'streams.too_many': { status: HttpStatus.TOO_MANY_REQUESTS, code: 'too_many_streams' },
  'prompt.malformed': INVALID_WORKFLOW,
  'prompt.ui_format': { status: HttpStatus.UNPROCESSABLE_ENTITY, code: 'workflow_format_ui' },
  'prompt.unsafe_path': INVALID_WORKFLOW,
  'prompt.refused': INVALID_WORKFLOW,
  'prompt.engine_not_ready': COMES_BACK,
  'prompt.engine_unavailable': COMES_BACK,
  'input.unreadable': INVALID_WORKFLOW,
  'input.wrong_type': INVALID_WORKFLOW,
  'input.unreachable': INVALID_WORKFLOW,
  'input.forbidden': INVALID_WORKFLOW,
  'input.too_large': INVALID_WORKFLOW,
  'input.too_many': INVALID_WORKFLOW,
  'input.missing_asset': { status: HttpStatus.UNPROCESSABLE_ENTITY, code: 'missing_asset' },
  'input.not_stored': COMES_BACK,
  'webhook.forbidden': INVALID,
  'request.invalid': INVALID,
  'request.range_not_satisfiable': {
    status: HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    code: 'range_not_satisfiable',
  },
  'request.key_reused': {
    status: HttpStatus.UNPROCESSABLE_ENTITY,
    code: 'idempotency_key_reuse',
  },
} as const satisfies Record<ErrorCode, Outcome>;

/** What to answer; `undefined` for what nobody foresaw: {@link UNFORESEEN}, and a line in the log. */
export function errorAnswer(error: unknown): ErrorAnswer | undefined {
  if (error instanceof ZodValidationException) return invalidBody(error.getZodError() as ZodError);
  if (error instanceof DomainError) return domainAnswer(error);
  if (error instanceof HttpException) return httpAnswer(error.getStatus(), error.message);
  const { statusCode, message } = error as {
    readonly statusCode?: unknown;
    readonly message?: unknown;
  };
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isRefusal ? httpAnswer(statusCode, String(message)) : undefined;
}

/** Tells nothing of what is behind. */
export const UNFORESEEN: ErrorAnswer = answer(UPSTREAM, 'The request could not be processed');

function domainAnswer(error: DomainError): ErrorAnswer | undefined {
  if (!(error.code in OUTCOMES)) return undefined;
  const outcome: Outcome = OUTCOMES[error.code as ErrorCode];
  if (outcome === UPSTREAM) return undefined;
  const { retryAfterS = outcome.retryAfterS } = error as { readonly retryAfterS?: number };
  const told = { ...outcome, ...(retryAfterS !== undefined && { retryAfterS }) };
  return answer(told, error.message, detailsOf(error));
}

function detailsOf(error: DomainError): Readonly<Record<string, unknown>> | undefined {
  if (error instanceof InvalidRequestError) return error.details;
  if (!(error instanceof PromptRejectedError)) return undefined;
  if (error.code === 'webhook.forbidden') {
    return { fields: [{ field: error.location, reason: error.message }] };
  }
  const nodeErrors = nodeErrorsOf(error);
  return nodeErrors && { node_errors: nodeErrors };
}

function invalidBody({ issues }: ZodError): ErrorAnswer {
  return answer(INVALID, ...invalidFields(issues));
}

/** The sentence and the details of fields that are wrong. */
export function invalidFields(
  issues: readonly FieldIssue[],
): [string, { readonly fields: readonly { readonly field: string; readonly reason: string }[] }] {
  const fields = issues.flatMap(fieldsOf);
  return [fields.map(({ field, reason }) => `${field}: ${reason}`).join('; '), { fields }];
}

interface FieldIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string | undefined;
  /** Fields that are not known. */
  readonly keys?: readonly string[];
}

function fieldsOf({ path, message, code, keys = [] }: FieldIssue) {
  if (code === 'unrecognized_keys') {
    return keys.map((key) => ({
      field: [...path.map(String), key].join('.'),
      reason: 'is not known here',
    }));
  }
  return [{ field: path.map(String).join('.') || 'body', reason: message }];
}

/** What the platform refuses before an operation sees it. */
function httpAnswer(status: number, message: string): ErrorAnswer | undefined {
  if (status >= 500) return undefined;
  // The contract knows no 400: what cannot be read is a failed validation, as it is elsewhere.
  if (status === 400) return answer(INVALID, message);
  return answer({ status, code: HTTP_CODES[status] ?? 'invalid_request' }, message);
}

const HTTP_CODES: Readonly<Record<number, string>> = {
  [HttpStatus.NOT_FOUND]: 'not_found',
  [HttpStatus.PAYLOAD_TOO_LARGE]: 'payload_too_large',
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: 'unsupported_media_type',
};

function answer(
  { status, code, retryAfterS }: Outcome,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): ErrorAnswer {
  const error = { code, message, ...(details && { details }) };
  return { status, envelope: { error }, ...(retryAfterS !== undefined && { retryAfterS }) };
}
