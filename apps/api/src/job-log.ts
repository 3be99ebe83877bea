import type { EventBus, JobTransitioned } from '@gateway/events';
import { isTerminalStatus } from '@gateway/jobs';
import { HttpStatus } from '@nestjs/common';

import { statusOf } from './http/error-statuses';
import { loggableText } from './loggable-text';
import type { GatewayLogger } from './logging';

/** One line per ended job, with the reason; at `debug`, one per transition and progress report too. */
export function logJobs(bus: EventBus, logger: GatewayLogger): void {
  bus.subscribe('job-transitioned', ({ jobId, from, to, failure }) => {
    const facts = { jobId, from, to, ...(failure && describe(failure)) };
    const level = isTerminalStatus(to) ? 'info' : 'debug';
    logger[failure ? levelOf(failure.code) : level](facts, 'job');
  });
  bus.subscribe('job-progressed', ({ jobId, fact }) => {
    if (fact.type !== 'progress') return;
    const { nodeId, value, max } = fact;
    logger.debug({ jobId, nodeId, value, max }, 'progress');
  });
}

type Failure = NonNullable<JobTransitioned['failure']>;

function describe({ code, message, details }: Failure) {
  const location = locationOf(details);
  return { code, ...(location !== undefined && { location }), reason: loggableText(message) };
}

/** Where in the request: as its caller was told, or the node that raised. */
function locationOf({ location, node_id: node }: NonNullable<Failure['details']> = {}) {
  if (typeof location === 'string') return loggableText(location);
  return typeof node === 'string' ? `prompt.${loggableText(node)}` : undefined;
}

/** What its caller did wrong is no trouble of the operator's. */
function levelOf(code: string): 'info' | 'warn' | 'error' {
  if (statusOf(code) < HttpStatus.INTERNAL_SERVER_ERROR) return 'info';
  return NOBODYS_FAULT.has(code) ? 'warn' : 'error';
}

/** The wait was over, or the gateway ends: to be known, and nothing is broken. */
const NOBODYS_FAULT: ReadonlySet<string> = new Set([
  'prompt.timed_out',
  'prompt.engine_not_ready',
  'prompt.shutting_down',
]);
