import type { SystemEventName } from '@gateway/comfy-protocol';

export interface LaneEvent {
  readonly type: SystemEventName;
}

/** Events that are sent one after the other: those of one job, or the engine's own news. */
export class EventLane<Event extends LaneEvent> {
  private readonly waiting: Event[] = [];

  add(event: Event): void {
    this.waiting[placeOf(event.type, this.waiting)] = event;
  }

  next(): Event | undefined {
    return this.waiting.shift();
  }

  /** Drops what waits and tells how many that were. */
  clear(): number {
    return this.waiting.splice(0).length;
  }
}

/**
 * Where in the line an event goes: to its end, or in the place of an older one that it makes stale.
 * That may be passed over by progress alone, so that what comes before and after a lifecycle event
 * stays there. In the older one's place, so that of two kinds of progress neither starves.
 */
export function placeOf(type: SystemEventName, waiting: readonly LaneEvent[]): number {
  if (!STALE_WHEN_REPEATED.has(type)) return waiting.length;
  const stale = waiting.findLastIndex((older) => older.type === type);
  const after = stale < 0 ? [] : waiting.slice(stale + 1);
  return stale >= 0 && after.every((later) => PASSED_OVER.has(later.type)) ? stale : waiting.length;
}

const STALE_WHEN_REPEATED: ReadonlySet<SystemEventName> = new Set([
  'progress',
  'progress_state',
  'status',
]);
const PASSED_OVER: ReadonlySet<SystemEventName> = new Set(['progress', 'progress_state']);
