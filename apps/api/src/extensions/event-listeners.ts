import type { EventBus, EventMap, EventName } from '@gateway/events';
import type { Log } from '@gateway/kernel';

import type { EventListener } from './event-listener';

/** Tells the listeners of extensions, and owns what they have begun. */
export class EventListeners {
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly bus: EventBus,
    private readonly log: Log,
  ) {}

  add(name: string, listener: EventListener<never>, events: readonly EventName[]): void {
    for (const event of events) {
      this.bus.subscribe(event, (fact) => {
        const told = this.tell(name, listener, event, fact);
        this.underWay.add(told);
        void told.finally(() => this.underWay.delete(told));
      });
    }
  }

  /** Waits until what was begun is done, or until `deadline` aborts. */
  async drain(deadline: AbortSignal): Promise<void> {
    if (this.underWay.size === 0 || deadline.aborted) return;
    const late = new Promise<void>((resolve) => {
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(this.underWay), late]);
  }

  /** Asynchronous, so that all that it throws takes one way. */
  private async tell(
    name: string,
    listener: EventListener,
    event: EventName,
    fact: EventMap[EventName],
  ): Promise<void> {
    try {
      await listener.handle(fact, event);
    } catch (error) {
      this.log.error({ err: error, listener: name, event }, 'a listener failed');
    }
  }
}
