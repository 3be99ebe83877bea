import type { EngineMessage, HistoryEntry, NodeErrors, PromptError } from '@gateway/comfy-protocol';
import type { Clock, Log } from '@gateway/kernel';

import { PromptForgottenError } from '../comfy-client.errors';
import { readHistory } from './history.reading';
import type { AcceptedPrompt, PromptEnding, PromptSubmission, RunOptions } from './prompt-ending';
import { endingOf, neverStarted } from './run.facts';
import { RunRecord } from './run.record';

/** `entering`: not sent yet. `posting`: sent, not answered. `inside`: ComfyUI has it, or may. */
export type RunPhase = 'entering' | 'posting' | 'inside';

export interface RunContext {
  readonly clock: Clock;
  readonly log: Log;
  /** The run has ended, but only the history knows how. */
  readonly lookUp: (run: PromptRun) => void;
}

/**
 * One prompt on its way through the engine, and the one place where its ending is decided.
 *
 * The first ending wins. Events decide alone when they were heard from `execution_start` on: they
 * come over one connection in order, so there is no gap in between. Otherwise an end that was heard
 * of is looked up in the history.
 */
export class PromptRun {
  promptId: string;
  phase: RunPhase = 'entering';
  started = false;
  cancelRequested = false;
  /** The connection that its events are sent to. */
  clientId: string | undefined;
  lastHeardAt: number;
  /** Why it is not certain that ComfyUI got it, where it is not. */
  doubt: Error | undefined;

  readonly ending: Promise<PromptEnding>;
  private readonly over = new AbortController();
  private readonly record = new RunRecord();
  private early: EngineMessage[] = [];
  private acceptanceTold = false;
  private endAnnounced = false;
  private refusal: PromptEnding | undefined;
  private resolve!: (ending: PromptEnding) => void;
  private reject!: (error: Error) => void;

  constructor(
    readonly submission: PromptSubmission,
    private readonly options: RunOptions,
    private readonly context: RunContext,
  ) {
    this.promptId = submission.promptId;
    this.lastHeardAt = context.clock.now();
    this.ending = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Aborted when the run has its ending: it ends the run's timers, requests and listeners. */
  get ended(): AbortSignal {
    return this.over.signal;
  }

  hasEnded(): boolean {
    return this.over.signal.aborted;
  }

  /** The engine said that it ended, so its history must come. */
  get isEndAnnounced(): boolean {
    return this.endAnnounced;
  }

  /** Takes an event; those that overtake the answer to the submission wait for it. */
  take(message: EngineMessage): void {
    if (this.hasEnded()) return;
    this.lastHeardAt = this.context.clock.now();
    if (this.phase !== 'inside') {
      if (message.type !== 'progress_state') this.early.push(message);
      return;
    }
    this.noteAccepted(undefined);
    const news = this.record.take(message, this.lastHeardAt);
    if (message.type === 'execution_start' || news?.type === 'executing') this.noteStarted();
    if (news !== undefined) this.tell(() => this.options.onProgress?.(news));
    const isLast = message.type === 'executing' && message.data.node === null;
    if (isLast || this.record.terminal !== undefined) this.conclude();
  }

  /** ComfyUI accepted it, under an id that may be its own; `strays` are events for that id so far. */
  enter(accepted: AcceptedPrompt, strays: readonly EngineMessage[]): void {
    this.promptId = accepted.promptId;
    this.noteAccepted(accepted.number);
    this.goInside(strays);
  }

  /** ComfyUI accepted only a part of it: whatever comes, the caller is told of the refusal. */
  enterRefused(promptId: string, error: PromptError, nodeErrors: NodeErrors): void {
    this.promptId = promptId;
    this.refusal = { outcome: 'refused', error, nodeErrors, mayHaveRun: true };
    this.goInside([]);
  }

  /** No answer came: it may be inside or not. */
  enterInDoubt(cause: Error): void {
    this.doubt = cause;
    this.goInside([]);
  }

  foundPending(number: number): void {
    this.noteAccepted(number);
  }

  foundRunning(number: number): void {
    this.noteAccepted(number);
    this.noteStarted();
  }

  /** The history knows how it ended. */
  foundInHistory(entry: HistoryEntry): void {
    const { terminal, facts } = readHistory(this.promptId, entry, this.record);
    this.noteAccepted(entry.prompt[0]);
    if (facts.startedAt !== undefined) this.noteStarted();
    this.settle(endingOf(terminal, facts, this.submission.prompt, this.context.clock.now()));
  }

  /** Neither queue nor history knows it any more. */
  foundNowhere(): void {
    const now = this.context.clock.now();
    const { terminal } = this.record;
    if (terminal !== undefined && terminal.type !== 'execution_success') {
      this.settle(endingOf(terminal, this.record, this.submission.prompt, now));
    } else if (this.cancelRequested && !this.started) {
      this.settle(neverStarted(now));
    } else {
      this.lose(this.doubt ?? new PromptForgottenError(this.promptId));
    }
  }

  lose(cause: Error): void {
    this.settle({ outcome: 'lost', started: this.started, cause });
  }

  settle(ending: PromptEnding): void {
    if (this.hasEnded()) return;
    this.over.abort(OVER);
    this.resolve(this.refusal ?? ending);
  }

  /** ComfyUI turned the request away in a way that is no ending of a prompt. */
  fail(error: Error): void {
    if (this.hasEnded()) return;
    this.over.abort(OVER);
    this.reject(error);
  }

  private goInside(strays: readonly EngineMessage[]): void {
    this.phase = 'inside';
    const waiting = [...this.early, ...strays];
    this.early = [];
    for (const message of waiting) this.take(message);
  }

  private conclude(): void {
    this.endAnnounced = true;
    const { terminal, heardFromStart } = this.record;
    if (terminal === undefined || !heardFromStart) {
      this.context.lookUp(this);
      return;
    }
    const now = this.context.clock.now();
    this.settle(endingOf(terminal, this.record, this.submission.prompt, now));
  }

  private noteAccepted(number: number | undefined): void {
    if (this.acceptanceTold) return;
    this.acceptanceTold = true;
    const accepted = { promptId: this.promptId, number };
    this.tell(() => this.options.onAccepted?.(accepted));
  }

  private noteStarted(): void {
    if (this.started) return;
    this.started = true;
    this.tell(() => this.options.onStarted?.());
  }

  /** Nothing is told after the end. A watcher that throws must not end the run, nor the socket that feeds it. */
  private tell(callback: () => void): void {
    if (this.refusal !== undefined || this.hasEnded()) return;
    try {
      callback();
    } catch (error) {
      this.context.log.error({ err: error, promptId: this.promptId }, 'A run callback threw');
    }
  }
}

/** One for all: an abort without a reason makes an error, with its stack, each time. */
const OVER = new Error('The run has ended');
