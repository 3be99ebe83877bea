import { silentLog, type Log } from '@gateway/kernel';

import type { EventMap, EventName } from './event-map';

type Listener<Name extends EventName> = (event: EventMap[Name]) => void;

/**
 * Typed in-process publish/subscribe. Events are facts: publishing never fails and never waits, and
 * a listener that throws is logged without harming the publisher or its siblings.
 */
export class EventBus {
  private readonly listeners = new Map<EventName, Set<Listener<EventName>>>();

  constructor(private readonly log: Log = silentLog) {}

  publish<Name extends EventName>(name: Name, event: EventMap[Name]): void {
    const registered = this.listeners.get(name);
    for (const listener of [...(registered ?? [])]) {
      if (!registered?.has(listener)) continue;
      try {
        (listener as Listener<Name>)(event);
      } catch (error) {
        this.log.error({ err: error, event: name }, 'event listener failed');
      }
    }
  }

  /** Calls `listener` for each later event of that name; the returned function ends it. */
  subscribe<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const registered = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, registered);
    registered.add(listener as Listener<EventName>);
    return () => {
      registered.delete(listener as Listener<EventName>);
    };
  }

  /** How many listeners an event has; for leak tests. */
  listenerCount(name: EventName): number {
    return this.listeners.get(name)?.size ?? 0;
  }
}
