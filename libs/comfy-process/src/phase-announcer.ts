import type { EventBus, EnginePhase } from '@gateway/events';
import type { Log } from '@gateway/kernel';

import { causeOf, type SupervisorState } from './domain/supervisor-state';

/** How many lines of the engine's output a failure takes into the log with it. */
const LINES_OF_A_FAILURE = 20;

/** Tells the log and the bus of each change of phase. */
export class PhaseAnnouncer {
  constructor(
    private readonly engineId: string,
    /** Where an engine that is not ours to launch is waited for. */
    private readonly awaitedAt: string | undefined,
    private readonly bus: EventBus,
    private readonly log: Log,
  ) {}

  announce(from: EnginePhase, state: SupervisorState, lastLines: readonly string[]): void {
    const { engineId } = this;
    const to = state.name;
    const cause = causeOf(state);
    const facts = { engineId, from, to, ...(cause && { err: cause }) };
    if (to === 'failed') {
      this.log.error(
        { ...facts, lastLines: lastLines.slice(-LINES_OF_A_FAILURE) },
        'ComfyUI failed',
      );
    } else if (cause) {
      this.log.warn(facts, this.words(to));
    } else {
      this.log.info(facts, this.words(to));
    }
    this.bus.publish('engine-phase-changed', { engineId, from, to, ...(cause && { cause }) });
  }

  private words(to: EnginePhase): string {
    const isAwaited = to === 'starting' && this.awaitedAt !== undefined;
    return isAwaited ? `waiting for ComfyUI at ${this.awaitedAt}` : `ComfyUI is ${to}`;
  }
}
