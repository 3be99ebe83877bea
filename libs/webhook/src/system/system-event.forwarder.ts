import { randomUUID } from 'node:crypto';

import { isSystemEventName } from '@gateway/comfy-protocol';
import type { EngineMessageReceived, EventBus } from '@gateway/events';

import { jsonBody } from '../body/json.body';
import type { EventLanes } from './event.lanes';
import { publicData } from './public-event';

/** What of the engine's news the operator wants to hear, and where. */
export interface SystemEventsOptions {
  readonly url: string;
  /** Of `SYSTEM_EVENTS`; other names mean nothing. */
  readonly events: readonly string[];
  /** Sent along with each event. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The `sid` that we show in place of the engine's. */
  readonly sid: string;
  /** Jobs of ours that wait outside the engine. */
  readonly queueDepth: () => number;
}

/** Forwards the engine's websocket messages to the operator, in order within each job. */
export class SystemEventForwarder {
  private readonly unsubscribe: () => void;

  constructor(
    bus: EventBus,
    options: SystemEventsOptions | undefined,
    private readonly lanes: EventLanes,
  ) {
    const wanted: ReadonlySet<string> = new Set(options?.events.filter(isSystemEventName));
    this.unsubscribe =
      options && wanted.size > 0
        ? bus.subscribe('engine-message-received', (message) => {
            if (wanted.has(message.type)) this.forward(message, options);
          })
        : () => undefined;
  }

  /** Jobs, and engines, whose events are being sent or wait; for probes and leak tests. */
  get pending(): number {
    return this.lanes.inUse;
  }

  /** Hears no more events. Those it has are still sent. */
  stop(): void {
    this.unsubscribe();
  }

  /**
   * Resolves when nothing is left to send. When `deadline` aborts, the rest is given up, as is
   * whatever is heard later.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    await this.lanes.drain(deadline);
  }

  private forward(message: EngineMessageReceived, options: SystemEventsOptions): void {
    const { type, jobId, engineId } = message;
    if (!isSystemEventName(type)) return;
    const data = publicData(message, options.queueDepth);
    if (!data) return;
    const { url, sid, metadata } = options;
    this.lanes.add(jobId === undefined ? `engine ${engineId}` : `job ${jobId}`, {
      type,
      message: () => ({
        id: `msg_${randomUUID()}`,
        url,
        trust: 'operator',
        contract: 'standard-webhooks',
        body: jsonBody([{ json: { event: `comfy.${type}`, data: { type, data, sid }, metadata } }]),
      }),
    });
  }
}
