import { DomainError } from '@gateway/kernel';

import { describeExit, type Exit } from './domain/exit';

/** `CMD` cannot be run as it stands: a shell operator, a missing program, no permission. */
export class ComfyCommandError extends DomainError {
  readonly code = 'comfy.command_invalid';
  constructor(
    readonly command: string,
    problem: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`ComfyUI could not be launched: ${problem}`, options);
  }
}

/** The system refused to start the program for a reason that may pass (out of memory or processes). */
export class ComfySpawnError extends DomainError {
  readonly code = 'comfy.spawn_failed';
  constructor(cause: unknown) {
    super(
      `ComfyUI could not be launched: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Somebody else already listens where ComfyUI is to listen. */
export class ComfyPortInUseError extends DomainError {
  readonly code = 'comfy.port_in_use';
  constructor(
    readonly host: string,
    readonly port: number,
  ) {
    super(
      `Another program already listens on ${host}:${port}, where ComfyUI is to listen; end it, choose another port, or leave the command empty to attach to it`,
    );
  }
}

/** ComfyUI ended without being asked to. */
export class ComfyExitedError extends DomainError {
  readonly code = 'comfy.exited';
  constructor(
    readonly exit: Exit,
    readonly during: 'start' | 'service',
    /** Its last lines of output, oldest first. */
    readonly lastLines: readonly string[],
  ) {
    const when = during === 'start' ? 'while it was starting' : 'while it was in service';
    super(`ComfyUI exited (${describeExit(exit)}) ${when}${lastWords(lastLines)}`);
  }
}

/** ComfyUI lives but did not answer HTTP in the time allowed. */
export class ComfyStartTimeoutError extends DomainError {
  readonly code = 'comfy.start_timeout';
  constructor(readonly allowedMs: number) {
    super(`ComfyUI was started but did not answer within ${allowedMs / 1000} s`);
  }
}

/** The thread that runs prompts is dead: HTTP answers, prompts are accepted, nothing runs. */
export class ComfyWorkerDiedError extends DomainError {
  readonly code = 'comfy.worker_died';
  constructor(readonly line: string) {
    super(`ComfyUI's prompt worker died ("${line}"); it accepts prompts but runs none`);
  }
}

/** Somebody who watches the engine (a prompt's watchdog) asked for a restart. */
export class ComfyRestartRequestedError extends DomainError {
  readonly code = 'comfy.restart_requested';
  constructor(readonly reason: string) {
    super(`A restart of ComfyUI was requested: ${reason}`);
  }
}

/** A ComfyUI that we did not launch stopped answering. */
export class ComfyOutOfReachError extends DomainError {
  readonly code = 'comfy.out_of_reach';
  constructor(cause: unknown) {
    super(`ComfyUI is out of reach: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Too many quick failures in a row; `cause` is the last one. */
export class ComfyGaveUpError extends DomainError {
  readonly code = 'comfy.gave_up';
  constructor(
    readonly failures: number,
    override readonly cause: Error,
  ) {
    super(
      `Gave up on ComfyUI after ${failures} quick failures in a row; the last: ${cause.message}`,
      {
        cause,
      },
    );
  }
}

/** Processes of ComfyUI outlived SIGKILL, as they do while a driver call hangs in the kernel. */
export class ComfyUnstoppableError extends DomainError {
  readonly code = 'comfy.unstoppable';
  constructor() {
    super('Processes of ComfyUI are still there after SIGKILL; the machine may need a restart');
  }
}

/** Every error of this lib; its `code` union serves tables of statuses. */
export type ComfyProcessError =
  | ComfyCommandError
  | ComfySpawnError
  | ComfyPortInUseError
  | ComfyExitedError
  | ComfyStartTimeoutError
  | ComfyWorkerDiedError
  | ComfyRestartRequestedError
  | ComfyOutOfReachError
  | ComfyGaveUpError
  | ComfyUnstoppableError;

function lastWords(lines: readonly string[]): string {
  const last = lines.at(-1);
  return last === undefined ? '' : `; its last line: ${last}`;
}
