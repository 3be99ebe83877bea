import { randomUUID } from 'node:crypto';

import type { PromptError, PromptRequest } from '@gateway/comfy-protocol';
import { pause, type Clock } from '@gateway/kernel';

import { ComfyHttpError, ComfyUnreachableError, PromptTooLargeError } from '../comfy-client.errors';
import type { EngineVersionReader } from '../engine-version.reader';
import type { ComfyHttp } from '../http/comfy.http';
import type { SubmitAnswer } from '../http/submit-answer';
import type { OwnedTasks } from '../owned-tasks';
import type { EngineSocket } from '../socket/engine.socket';
import type { PromptSubmission } from './prompt-ending';
import type { PromptRun } from './prompt.run';
import type { RunCanceller } from './run.canceller';
import type { RunReconciler } from './run.reconciler';
import type { RunRegistry } from './run.registry';
import { neverStarted } from './run.facts';

export interface SubmitterParts {
  readonly http: ComfyHttp;
  readonly socket: EngineSocket;
  readonly version: EngineVersionReader;
  readonly registry: RunRegistry;
  readonly reconciler: RunReconciler;
  readonly canceller: RunCanceller;
  readonly tasks: OwnedTasks;
  readonly clock: Clock;
}

/** Brings a run into the engine, and decides how it is followed from there. */
export class RunSubmitter {
  constructor(
    private readonly parts: SubmitterParts,
    /** How long a submission waits for the socket before it goes ahead without events. */
    private readonly socketWaitMs: number,
  ) {}

  async submit(run: PromptRun): Promise<void> {
    const { http, socket, registry } = this.parts;
    await socket.untilOpen(this.socketWaitMs, run.ended);
    if (run.hasEnded()) return;
    // Without any client id, engines from 0.3.68 to 0.27 leave cached outputs out of the history.
    run.clientId = socket.clientId ?? randomUUID();
    run.phase = 'posting';
    const framesBefore = socket.frames;
    registry.submissionBegins();
    try {
      const answer = await http.submit(requestOf(run.submission, run.clientId), run.ended);
      this.answered(run, answer);
      this.parts.tasks.own('listening for news', this.expectNews(run, framesBefore));
    } catch (error) {
      if (!run.hasEnded()) await this.notAccepted(run, error);
    } finally {
      registry.submissionEnds();
    }
  }

  /** Follows a prompt that an earlier life of the gateway submitted. */
  findAgain(run: PromptRun): void {
    run.phase = 'inside';
    this.parts.reconciler.follow(run);
  }

  /** Cancels, as far as the run has come; what is being posted is cancelled when it is inside. */
  cancel(run: PromptRun): void {
    run.cancelRequested = true;
    if (run.phase === 'entering') run.settle(neverStarted(this.parts.clock.now()));
    if (run.phase === 'inside') this.startCancelling(run);
  }

  private answered(run: PromptRun, answer: SubmitAnswer): void {
    if (answer.kind === 'refused') {
      const { error, nodeErrors } = answer;
      run.settle({ outcome: 'refused', error, nodeErrors, mayHaveRun: false });
      return;
    }
    const strays = this.parts.registry.adopt(run, answer.promptId);
    if (Object.keys(answer.nodeErrors).length > 0) {
      run.enterRefused(answer.promptId, PARTLY_REFUSED, answer.nodeErrors);
      run.cancelRequested = true;
    } else {
      run.enter(answer, strays);
    }
    this.nowInside(run);
  }

  private async notAccepted(run: PromptRun, error: unknown): Promise<void> {
    if (error instanceof ComfyUnreachableError) {
      if (!error.mayHaveArrived) run.settle({ outcome: 'unreached', cause: error });
      else if (await this.runsUnderOurId(run)) this.enterInDoubt(run, error);
      else run.lose(error);
    } else if (error instanceof ComfyHttpError && error.status >= 500) {
      this.enterInDoubt(run, error);
    } else if (error instanceof ComfyHttpError && error.status === 413) {
      run.fail(new PromptTooLargeError({ cause: error }));
    } else {
      run.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** An older engine has it under an id that only the lost answer told. */
  private async runsUnderOurId(run: PromptRun): Promise<boolean> {
    return (await this.parts.version.features(run.ended)).clientPromptId;
  }

  private enterInDoubt(run: PromptRun, cause: Error): void {
    run.enterInDoubt(cause);
    this.parts.reconciler.follow(run);
    this.nowInside(run);
  }

  private nowInside(run: PromptRun): void {
    const { reconciler, socket } = this.parts;
    if (run.clientId !== socket.clientId) reconciler.follow(run);
    if (run.cancelRequested) this.startCancelling(run);
  }

  /**
   * ComfyUI tells every socket of every prompt it takes. If ours hears nothing at all, it is deaf:
   * orphaned, or stuck behind a client that stopped reading. A new connection makes all runs of
   * this one be followed by asking.
   */
  private async expectNews(run: PromptRun, framesBefore: number): Promise<void> {
    const { socket, clock } = this.parts;
    await pause(clock, DEAF_AFTER_MS, run.ended);
    if (run.hasEnded() || socket.clientId !== run.clientId) return;
    if (socket.frames === framesBefore) socket.renew('the engine sent no events');
  }

  private startCancelling(run: PromptRun): void {
    this.parts.tasks.own('cancelling a prompt', this.parts.canceller.cancel(run));
  }
}

const DEAF_AFTER_MS = 2_000;

const PARTLY_REFUSED: PromptError = {
  type: 'prompt_outputs_failed_validation',
  message: 'Prompt outputs failed validation',
  details: '',
  extra_info: {},
};

function requestOf(submission: PromptSubmission, clientId: string): PromptRequest {
  const { promptId, prompt, extraData, targets } = submission;
  return {
    prompt,
    client_id: clientId,
    prompt_id: promptId,
    ...(extraData && { extra_data: extraData }),
    ...(targets && { partial_execution_targets: targets }),
  };
}
