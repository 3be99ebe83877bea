export type { EngineMessageReceived } from './contracts/engine-message-received.event';
export type { EnginePhase, EnginePhaseChanged } from './contracts/engine-phase-changed.event';
export type { JobProgressed } from './contracts/job-progressed.event';
export type { JobStatus, JobTransitioned } from './contracts/job-transitioned.event';
export type { WarmUpFailed } from './contracts/warm-up-failed.event';
export { EventBus } from './event-bus';
export type { EventMap, EventName } from './event-map';
export { EventsModule } from './events.module';
export type { EventsOptions } from './events.module-definition';
