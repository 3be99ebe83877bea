import type { EventBus } from '@gateway/events';

import type { GatewayLogger } from './logging';

/** One line per transition of a job. */
export function logTransitions(bus: EventBus, logger: GatewayLogger): void {
  bus.subscribe('job-transitioned', ({ jobId, from, to }) => {
    logger.info({ jobId, from, to }, 'job');
  });
}
