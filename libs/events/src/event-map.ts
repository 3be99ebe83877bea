import type { EngineMessageReceived } from './contracts/engine-message-received.event';
import type { EnginePhaseChanged } from './contracts/engine-phase-changed.event';
import type { JobProgressed } from './contracts/job-progressed.event';
import type { JobTransitioned } from './contracts/job-transitioned.event';

/** Every fact one part of the gateway tells the others: name → payload. */
export interface EventMap {
  readonly 'engine-phase-changed': EnginePhaseChanged;
  readonly 'engine-message-received': EngineMessageReceived;
  readonly 'job-progressed': JobProgressed;
  readonly 'job-transitioned': JobTransitioned;
}

export type EventName = keyof EventMap;
