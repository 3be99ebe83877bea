import type { JsonObject, NodeErrors } from '@gateway/comfy-protocol';
import type { JobFailure } from '@gateway/jobs';
import { DomainError } from '@gateway/kernel';

/** The prompt cannot run as it is; told before or instead of running it. */
export class PromptRejectedError extends DomainError {
  readonly code: PromptRejectionCode;

  constructor(
    code: PromptRejectionCode,
    message: string,
    /** Path of the offending part: `prompt.<node>.inputs.<input>`. */
    readonly location: string,
    readonly nodeErrors?: NodeErrors,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.code = code;
  }
}

export type PromptRejectionCode =
  | 'prompt.malformed'
  | 'prompt.ui_format'
  | 'prompt.unsafe_path'
  | 'prompt.refused'
  | 'input.unreadable'
  | 'input.wrong_type'
  | 'input.unreachable'
  | 'input.forbidden'
  | 'input.too_large'
  | 'input.too_many'
  | 'input.missing_asset'
  | 'webhook.forbidden';

/** An input could not be written for a reason that is ours, not its sender's. */
export class InputNotStoredError extends DomainError {
  readonly code = 'input.not_stored';

  constructor(reason: string, options: { readonly cause: unknown }) {
    super(`The inputs could not be stored: ${reason}`, options);
  }
}

/** The engine is gone for good, or nobody starts it any more. */
export class EngineUnavailableError extends DomainError {
  readonly code = 'prompt.engine_unavailable';

  constructor(cause?: Error) {
    super(cause ? `ComfyUI is not available: ${cause.message}` : 'ComfyUI is not available', {
      cause,
    });
  }
}

/** The engine has been away for longer than a caller should wait; it may come back. */
export class EngineNotReadyError extends DomainError {
  readonly code = 'prompt.engine_not_ready';

  constructor(cause?: Error) {
    super(cause ? `ComfyUI is not ready: ${cause.message}` : 'ComfyUI is not ready', { cause });
  }
}

/** The gateway ends before the job could. */
export class ShuttingDownError extends DomainError {
  readonly code = 'prompt.shutting_down';

  constructor() {
    super('The gateway is shutting down');
  }
}

/** The job was canceled: by its caller, or by somebody at the engine. */
export class PromptCanceledError extends DomainError {
  readonly code = 'prompt.canceled';

  constructor() {
    super('The prompt was canceled');
  }
}

/** Credentials are never stored: they were lost with the process that had them. */
export class CredentialsLostError extends DomainError {
  readonly code = 'prompt.credentials_lost';

  constructor(readonly names: readonly string[]) {
    super(
      `The gateway was restarted before the prompt ran, and it stores no credentials ` +
        `(${names.join(', ')}): submit it again`,
    );
  }
}

/** The prompt took longer than it may. */
export class PromptTimedOutError extends DomainError {
  readonly code = 'prompt.timed_out';

  constructor(readonly timeoutMs: number) {
    super(`The prompt did not end within ${timeoutMs / 1000} s`);
  }
}

/** What an extension does to graphs went wrong with this one. */
export class PreprocessingFailedError extends DomainError {
  readonly code = 'prompt.preprocessing_failed';

  constructor(preprocessor: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The preprocessor ${preprocessor} failed: ${reason}`, { cause });
  }
}

/** The prompt that should warm an engine up cannot run in it. */
export class WarmUpFailedError extends DomainError {
  readonly code = 'prompt.warm_up_failed';

  constructor(reason: string) {
    super(`The warm-up prompt failed: ${reason}`);
  }
}

/** A job that did not succeed, as its caller is told. */
export class PromptFailedError extends DomainError {
  private constructor(
    readonly code: PromptFailureCode,
    message: string,
    readonly details: JsonObject,
  ) {
    super(message);
  }

  /** Failures of this lib are recorded with its own codes only. */
  static from({ code, message, details = {} }: JobFailure): PromptFailedError {
    return new PromptFailedError(code as PromptFailureCode, message, details);
  }
}

export type PromptFailureCode =
  | PromptRejectionCode
  | 'prompt.execution_failed'
  | 'prompt.canceled'
  | 'prompt.credentials_lost'
  | 'prompt.timed_out'
  | 'prompt.engine_lost'
  | 'prompt.engine_unavailable'
  | 'prompt.engine_not_ready'
  | 'prompt.shutting_down'
  | 'prompt.too_large'
  | 'prompt.preprocessing_failed'
  | 'input.not_stored'
  | 'output.missing'
  | 'output.conversion_failed'
  | 'state.unavailable'
  | 'prompt.internal';
