import type { EventBus } from '@gateway/events';

import type { GatewayLogger } from './logging';

/** One line per transition of a job; at `debug`, one per progress report too. */
export function logJobs(bus: EventBus, logger: GatewayLogger): void {
  bus.subscribe('job-transitioned', ({ jobId, from, to }) => {
    logger.info({ jobId, from, to }, 'job');
  });
  bus.subscribe('job-progressed', ({ jobId, fact }) => {
    if (fact.type !== 'progress') return;
    const { nodeId, value, max } = fact;
    logger.debug({ jobId, nodeId, value, max }, 'progress');
  });
}
