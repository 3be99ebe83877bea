import type { Clock } from '@gateway/kernel';

interface Alarm {
  readonly at: number;
  readonly task: () => void;
}

/** A clock whose hands a spec turns. */
export class FakeClock implements Clock {
  private readonly alarms = new Set<Alarm>();

  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const alarm = { at: this.time + delayMs, task };
    this.alarms.add(alarm);
    return () => {
      this.alarms.delete(alarm);
    };
  }

  /** How many alarms are set; for leak tests. */
  get pending(): number {
    return this.alarms.size;
  }

  /** Turns the hands to the next alarm, runs it, and lets its promises settle. */
  async next(): Promise<void> {
    const alarm = this.earliest();
    if (alarm === undefined) throw new Error('no alarm is set');
    await this.ring(alarm);
  }

  /** Turns the hands by `ms`, running every alarm on the way at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let alarm = this.earliest(); alarm && alarm.at <= end; alarm = this.earliest()) {
      await this.ring(alarm);
    }
    this.time = end;
    await settle();
  }

  private earliest(): Alarm | undefined {
    const [alarm] = [...this.alarms].sort((a, b) => a.at - b.at);
    return alarm;
  }

  private async ring(alarm: Alarm): Promise<void> {
    this.alarms.delete(alarm);
    this.time = alarm.at;
    alarm.task();
    await settle();
  }
}

/** Lets every promise that can settle without I/O do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
