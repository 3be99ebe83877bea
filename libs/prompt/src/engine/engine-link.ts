import type { EventBus, EnginePhaseChanged } from '@gateway/events';
import type { Log } from '@gateway/kernel';

import type { Engine } from './engine';

/**
 * Keeps an engine's client in step with its supervisor: a start loads the catalogue, an end ends all
 * runs at once instead of after a silence.
 */
export class EngineLink {
  private readonly unsubscribe: () => void;

  constructor(
    private readonly engine: Engine,
    bus: EventBus,
    private readonly log: Log,
  ) {
    this.unsubscribe = bus.subscribe('engine-phase-changed', (event) => {
      if (event.engineId === engine.id) this.follow(event);
    });
  }

  dispose(): void {
    this.unsubscribe();
  }

  private follow(event: EnginePhaseChanged): void {
    if (event.to === 'ready') {
      this.engine.client.start();
      this.engine.catalogue.refresh().catch((error: unknown) => {
        this.log.warn({ err: error, engineId: this.engine.id }, 'object_info could not be read');
      });
    } else if (event.to !== 'stopping' || event.cause) {
      // An orderly stop lets the prompts inside end; anything else has ended them already.
      this.engine.vitals.clear();
      this.engine.client.engineGone(event.cause ?? new Error(`The engine is ${event.to}`));
    }
  }
}
