import type { EngineMessageReceived } from './contracts/engine-message-received.event';
import type { EnginePhaseChanged } from './contracts/engine-phase-changed.event';
import type { JobAttemptBegan } from './contracts/job-attempt-began.event';
import type { JobOutputKept } from './contracts/job-output-kept.event';
import type { JobPreviewed } from './contracts/job-previewed.event';
import type { JobProgressed } from './contracts/job-progressed.event';
import type { JobTransitioned } from './contracts/job-transitioned.event';
import type { WarmUpFailed } from './contracts/warm-up-failed.event';

/** Every fact one part of the gateway tells the others: name → payload. */
export interface EventMap {
  readonly 'engine-phase-changed': EnginePhaseChanged;
  readonly 'engine-message-received': EngineMessageReceived;
  readonly 'job-attempt-began': JobAttemptBegan;
  readonly 'job-output-kept': JobOutputKept;
  readonly 'job-previewed': JobPreviewed;
  readonly 'job-progressed': JobProgressed;
  readonly 'job-transitioned': JobTransitioned;
  readonly 'warm-up-failed': WarmUpFailed;
}

export type EventName = keyof EventMap;
