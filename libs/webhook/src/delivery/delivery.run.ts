import { pause, type Clock } from '@gateway/kernel';

import type { AttemptPlaces } from './attempt.places';
import type { Message } from './delivery';
import { decide, type AttemptOutcome } from './delivery.decision';
import { originOf } from './origin';
import type { WebhookSender } from './webhook.sender';

export interface DeliveryDependencies {
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly places: AttemptPlaces;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly chance: () => number;
  /** Attempts that may follow the first. */
  readonly retries: number;
}

export type DeliveryEnd = { readonly outcome: 'delivered'; readonly attempts: number } | GivenUp;

export interface GivenUp {
  readonly outcome: 'given-up';
  readonly attempts: number;
  /** What came of the last attempt; absent when there was none. */
  readonly last?: AttemptOutcome;
}

/** Sends a message until it has arrived, cannot arrive, has used up its retries, or the signal aborts. */
export async function deliver(
  message: Message,
  signal: AbortSignal,
  dependencies: DeliveryDependencies,
): Promise<DeliveryEnd> {
  const { clock, chance, retries } = dependencies;
  let last: AttemptOutcome | undefined;
  for (let attempts = 0; ;) {
    const outcome = await attempt(message, signal, dependencies);
    if (outcome) {
      attempts += 1;
      last = outcome;
      const decision = decide(outcome, { made: attempts, retries }, chance());
      if (decision.action === 'delivered') return { outcome: 'delivered', attempts };
      if (decision.action === 'retry') await pause(clock, decision.delayMs, signal);
      else return { outcome: 'given-up', attempts, last };
    }
    if (signal.aborted) return { outcome: 'given-up', attempts, ...(last && { last }) };
  }
}

/** One attempt, in its turn; `undefined` when the signal aborted before it. */
async function attempt(
  message: Message,
  signal: AbortSignal,
  { sender, places }: DeliveryDependencies,
): Promise<AttemptOutcome | undefined> {
  const release = await places.acquire(originOf(message.url), signal);
  if (!release) return undefined;
  try {
    return signal.aborted ? undefined : await sender.send(message, signal);
  } finally {
    release();
  }
}
