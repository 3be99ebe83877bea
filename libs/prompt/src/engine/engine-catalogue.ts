import { ComfyUnreachableError } from '@gateway/comfy-client';
import type { ObjectInfo } from '@gateway/comfy-protocol';
import { backoffDelayMs, orAborted, pause, type BackoffPolicy, type Clock } from '@gateway/kernel';

import type { Engine } from './engine';
import type { EngineCondition } from './engine-readiness';

/**
 * What the engine offers, once it is there. One that goes away while it is asked is waited for as if
 * it had been away before.
 *
 * @throws what `EngineReadiness.until` throws, the signal's reason, and ComfyHttpError
 *   (`comfy.http_error`) or ComfyUnreachableError (`comfy.unreachable`) from an engine that is there
 *   and does not say.
 */
export async function untilCatalogued(
  engine: Engine,
  condition: EngineCondition,
  signal: AbortSignal,
  clock: Clock,
): Promise<ObjectInfo> {
  for (let asked = 1; ; asked += 1) {
    await engine.readiness.until(condition, signal);
    try {
      const { catalogue } = engine;
      return catalogue.objectInfo ?? (await orAborted(catalogue.load(), signal));
    } catch (error) {
      const isGone = error instanceof ComfyUnreachableError && !error.isOverdue;
      if (!isGone || asked === MAX_ASKED) throw error;
    }
    await pause(clock, backoffDelayMs(ASK_AGAIN, asked, Math.random()), signal);
    signal.throwIfAborted();
  }
}

/** Its supervisor sees an engine go at about the same time. */
const ASK_AGAIN: BackoffPolicy = { firstDelayMs: 100, maxDelayMs: 2_000, factor: 2, jitter: 0.2 };
const MAX_ASKED = 6;
