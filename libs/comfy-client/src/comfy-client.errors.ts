import { types } from 'node:util';

import { DomainError } from '@gateway/kernel';

import { errorCodeOf } from './error-code';

/** No answer came: connection refused, reset, or the deadline of the request passed. */
export class ComfyUnreachableError extends DomainError {
  readonly code = 'comfy.unreachable';
  /** `false` when the connection was never made, so that ComfyUI cannot have read the request. */
  readonly mayHaveArrived: boolean;
  /** The connection held, and no answer came for as long as one was waited for. */
  readonly isOverdue: boolean;

  constructor(request: string, options: { readonly cause: unknown; readonly isOverdue?: boolean }) {
    super(`ComfyUI did not answer ${request}: ${describe(options.cause)}`, options);
    this.isOverdue = options.isOverdue ?? false;
    this.mayHaveArrived = !NEVER_CONNECTED.has(errorCodeOf(options.cause));
  }
}

/** ComfyUI answered, but not with what the request asks for. */
export class ComfyHttpError extends DomainError {
  readonly code = 'comfy.http_error';

  constructor(
    readonly request: string,
    readonly status: number,
    /** The first characters of the answer. */
    readonly body: string,
  ) {
    super(`ComfyUI answered ${request} with ${status}${body === '' ? '' : `: ${body}`}`);
  }
}

/** The prompt is larger than ComfyUI's `--max-upload-size`, which bounds every request body. */
export class PromptTooLargeError extends DomainError {
  readonly code = 'comfy.prompt_too_large';

  constructor(options: { readonly cause: ComfyHttpError }) {
    super('The prompt is larger than ComfyUI accepts (--max-upload-size)', options);
  }
}

/** Neither ComfyUI's queue nor its history knows the prompt any more. */
export class PromptForgottenError extends DomainError {
  readonly code = 'comfy.prompt_forgotten';

  constructor(readonly promptId: string) {
    super(`ComfyUI has prompt ${promptId} neither in its queue nor in its history`);
  }
}

/** The client was stopped while the prompt was inside ComfyUI. */
export class ComfyClientStoppedError extends DomainError {
  readonly code = 'comfy.client_stopped';

  constructor() {
    super('The connection to ComfyUI was closed by the gateway');
  }
}

/** ComfyUI reported an output file that can no longer be read. Cached results may be long deleted. */
export class OutputMissingError extends DomainError {
  readonly code = 'comfy.output_missing';

  constructor(
    readonly file: { readonly filename: string; readonly subfolder: string; readonly type: string },
    options?: { readonly cause?: unknown },
  ) {
    super(`The output file ${pathOf(file)} (${file.type}) does not exist`, options);
  }
}

/** An output file changed its size while it was read: what was read is not what ComfyUI wrote. */
export class OutputChangedError extends DomainError {
  readonly code = 'comfy.output_changed';

  constructor(
    readonly expectedBytes: number,
    readonly readBytes: number,
  ) {
    super(`An output of ${expectedBytes} bytes changed while it was read: ${readBytes} were there`);
  }
}

/** A name that would leave the engine's folder. */
export class PathOutsideFolderError extends DomainError {
  readonly code = 'comfy.path_outside_folder';

  constructor(readonly path: string) {
    super(`The path ${path} leaves ComfyUI's folder`);
  }
}

/** Failures before a byte of the request was sent. */
const NEVER_CONNECTED: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A refused connection to `localhost` is an aggregate without a message of its own. */
function describe(cause: unknown): string {
  const message = types.isNativeError(cause) ? cause.message : String(cause);
  return message === '' ? (errorCodeOf(cause) ?? 'no reason given') : message;
}

function pathOf(file: { readonly filename: string; readonly subfolder: string }): string {
  return file.subfolder === '' ? file.filename : `${file.subfolder}/${file.filename}`;
}
