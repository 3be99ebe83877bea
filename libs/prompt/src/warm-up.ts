import { randomUUID } from 'node:crypto';

import type { JsonValue, PromptGraph } from '@gateway/comfy-protocol';
import type { EventBus } from '@gateway/events';
import type { JobResult } from '@gateway/jobs';
import { backoffDelayMs, pause, type BackoffPolicy, type Clock, type Log } from '@gateway/kernel';

import type { Engine } from './engine/engine';
import { InlineAnswer } from './inline-answer.sink';
import { failureFrom } from './prompt-failure';
import { WarmUpFailedError } from './prompt.errors';
import type { PromptService } from './prompt.service';

export interface WarmUpParts {
  readonly engine: Engine;
  readonly prompt: PromptGraph;
  readonly service: Pick<PromptService, 'runAhead'>;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Runs the operator's prompt once after each start of an engine, before anybody else's, so that the
 * models it needs are loaded when the first client comes.
 *
 * An engine that is lost meanwhile is warmed up when it is back. A prompt that the engine refuses or
 * fails is told as `warm-up-failed` if it never worked; later it is tried again, for it did work once.
 */
export class WarmUp {
  private readonly halted = new AbortController();
  private working: Promise<void> | undefined;
  private hasWorked = false;
  private unsubscribe: (() => void) | undefined;
  /** Aborts when the engine starts anew: there is no need to wait any longer. */
  private nextStart = new AbortController();

  constructor(private readonly parts: WarmUpParts) {}

  start(): void {
    const { bus, engine } = this.parts;
    this.unsubscribe = bus.subscribe('engine-phase-changed', ({ engineId, to }) => {
      if (engineId === engine.id && to === 'ready') this.begin();
    });
  }

  /** Begins nothing more. What hangs in an engine ends with that engine. */
  halt(): void {
    this.unsubscribe?.();
    this.halted.abort();
  }

  /** Waits for the last of it; call when the engine has stopped. */
  async stopped(): Promise<void> {
    this.halt();
    await this.working;
  }

  private isStopped(): boolean {
    return this.halted.signal.aborted;
  }

  private begin(): void {
    this.nextStart.abort();
    this.working ??= this.untilWarm().finally(() => {
      this.working = undefined;
    });
  }

  private async untilWarm(): Promise<void> {
    const { engine, log } = this.parts;
    for (let attempt = 1; !this.isStopped() && engine.readiness.up; attempt += 1) {
      const result = await this.run();
      if (result.outcome === 'succeeded') {
        await result.delivered();
        this.hasWorked = true;
        engine.readiness.noteWarm();
        log.info({ engineId: engine.id, stats: result.stats() }, 'warmed up');
        return;
      }
      if (this.isStopped() || !this.mayTryAgain(result.failure)) return;
      const delayMs = backoffDelayMs(AGAIN, attempt, Math.random());
      this.nextStart = new AbortController();
      const signal = AbortSignal.any([this.halted.signal, this.nextStart.signal]);
      await pause(this.parts.clock, delayMs, signal);
    }
  }

  private async run(): Promise<JobResult> {
    const answer = new InlineAnswer();
    const id = `warmup-${randomUUID()}`;
    // A copy for each: the service takes inline inputs out of the graph that it is given.
    const prompt = structuredClone(this.parts.prompt) as unknown as JsonValue;
    try {
      await this.parts.service.runAhead({ id, prompt, sizeBytes: 0 }, answer);
      return await answer.result;
    } catch (error) {
      return { outcome: 'failed', jobId: id, failure: failureFrom(error) };
    }
  }

  private mayTryAgain(failure: { readonly code: string; readonly message: string }): boolean {
    const { engine, bus, log } = this.parts;
    const cause = new WarmUpFailedError(failure.message);
    const isThePromptsFault = THE_PROMPTS_FAULT.has(failure.code);
    log[isThePromptsFault ? 'error' : 'warn'](
      { engineId: engine.id, failure },
      'the warm-up failed',
    );
    engine.readiness.noteCold(cause);
    if (!isThePromptsFault || this.hasWorked) return true;
    bus.publish('warm-up-failed', { engineId: engine.id, cause });
    return false;
  }
}

const AGAIN: BackoffPolicy = { firstDelayMs: 1_000, maxDelayMs: 60_000, factor: 2, jitter: 0.2 };

/** What will be no better the next time. All else is the engine's, the network's or the gateway's. */
const THE_PROMPTS_FAULT: ReadonlySet<string> = new Set([
  'prompt.malformed',
  'prompt.ui_format',
  'prompt.unsafe_path',
  'prompt.refused',
  'prompt.execution_failed',
  'prompt.too_large',
  'input.unreadable',
  'input.wrong_type',
  'input.forbidden',
  'input.too_large',
  'input.too_many',
  'input.missing_asset',
]);
