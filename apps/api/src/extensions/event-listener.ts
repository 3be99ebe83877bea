import type { EventMap, EventName } from '@gateway/events';

/** Hears of what happens in the gateway. */
export interface EventListener<Name extends EventName = EventName> {
  /**
   * Called for each event as it happens; nobody waits for it. What it throws or rejects with is
   * logged. At shutdown it has until the grace period ends to finish.
   */
  handle(event: EventMap[Name], name: Name): void | Promise<void>;
}
