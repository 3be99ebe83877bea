import type { Log } from '@gateway/kernel';

import { attemptFacts } from '../delivery/attempt.facts';
import type { Message } from '../delivery/delivery';
import { deliver, type DeliveryDependencies, type GivenUp } from '../delivery/delivery.run';
import { originOf } from '../delivery/origin';
import { OwnedWork } from '../owned-work';
import { EventLane, type LaneEvent } from './event.lane';

/** An event on its way; its message is made when its turn has come. */
export interface OutgoingEvent extends LaneEvent {
  message(): Message;
}

/** Empties every lane in order, lanes beside each other. A lane is there while it has an event. */
export class EventLanes {
  private readonly lanes = new Map<string, EventLane<OutgoingEvent>>();
  private readonly work: OwnedWork;
  private givenUp = 0;

  constructor(
    private readonly dependencies: DeliveryDependencies,
    private readonly log: Log,
  ) {
    this.work = new OwnedWork(log);
  }

  /** Lanes with an event that waits or is being sent. */
  get inUse(): number {
    return this.lanes.size;
  }

  add(name: string, event: OutgoingEvent): void {
    const known = this.lanes.get(name);
    const lane = known ?? new EventLane();
    lane.add(event);
    if (known) return;
    this.lanes.set(name, lane);
    this.work.begin((signal) => this.empty(name, lane, signal));
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.work.drain(deadline);
  }

  private async empty(
    name: string,
    lane: EventLane<OutgoingEvent>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for (let event = lane.next(); event; event = lane.next()) {
        const message = event.message();
        const end = await deliver(message, signal, this.dependencies);
        if (end.outcome === 'delivered') continue;
        // After the deadline, what waits shares the fate of the one that was cut off.
        const alsoLost = signal.aborted ? lane.clear() : 0;
        this.noteGivenUp(1 + alsoLost, { event: event.type, target: originOf(message.url) }, end);
      }
    } finally {
      this.lanes.delete(name);
    }
  }

  /** A receiver that is down must not flood the log. */
  private noteGivenUp(count: number, facts: object, { attempts, last }: GivenUp): void {
    const before = this.givenUp;
    this.givenUp += count;
    const isFirst = before === 0;
    const fillsHundred = Math.floor(before / LOG_EVERY) < Math.floor(this.givenUp / LOG_EVERY);
    if (!isFirst && !fillsHundred) return;
    this.log.warn(
      { ...facts, givenUp: this.givenUp, attempts, ...attemptFacts(last) },
      'system events were given up',
    );
  }
}

const LOG_EVERY = 100;
