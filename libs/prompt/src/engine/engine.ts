import type { Catalogue } from '@gateway/catalogue';
import type { ComfyClient, ComfyHttp, EngineFiles } from '@gateway/comfy-client';

import type { Slots } from '../slots';
import type { EngineReadiness } from './engine-readiness';
import type { EngineVitals } from './engine-vitals';
import type { PromptIds } from './prompt-ids';

/** One ComfyUI and all that is needed to work with it. */
export interface Engine {
  readonly id: string;
  readonly client: EngineClient;
  readonly files: EngineFiles;
  readonly catalogue: Catalogue;
  /** Places for prompts inside this engine. */
  readonly slots: Slots;
  /** One place: prompts are posted one after the other, so that the engine numbers them in order. */
  readonly submissions: Slots;
  readonly readiness: EngineReadiness;
  readonly vitals: EngineVitals;
  readonly promptIds: PromptIds;
  /** Ends and starts the engine again, where somebody can. */
  readonly supervision: EngineSupervision;
}

/** The part of a `ComfyClient` that running prompts needs. */
export interface EngineClient extends Pick<
  ComfyClient,
  'start' | 'stop' | 'run' | 'follow' | 'engineGone' | 'activeRuns'
> {
  readonly http: Pick<ComfyHttp, 'queue' | 'interrupt'>;
}

/** The part of a supervisor that the executor needs. The composition root binds it. */
export interface EngineSupervision {
  /** The engine no longer does its work: start it anew. */
  restart(reason: string): void;
  /** The engine's websocket was lost: see whether the engine was, too. */
  reportUnreachable(cause: Error): void;
}

/** The engines of this process. It holds one today; callers ask for the engine of a job all the same. */
export class EngineRegistry {
  constructor(private readonly engines: readonly [Engine, ...Engine[]]) {}

  /** The engine the next job should run on. */
  pick(): Engine {
    return this.engines[0];
  }

  all(): readonly Engine[] {
    return this.engines;
  }
}
