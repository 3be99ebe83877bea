import { isJsonObject } from '@gateway/comfy-protocol';
import type { FastifyRequest } from 'fastify';

import type { EmulatedServer } from '../../emulated-server';
import { parseJobQuery, selectJobs } from '../../jobs/job.query';
import { finishedJob, jobDetails, queuedJob, type Job } from '../../jobs/job.view';
import { isUuid } from '../../queue/prompt.id';
import { queryOf, sendJson } from '../http.answers';
import { readJson, stringsOf } from '../request.body';
import type { RouteTable } from '../route.table';

/** The jobs API of later releases, literally under `/api` only. */
export function addJobRoutes(routes: RouteTable, server: EmulatedServer): void {
  const { queue, history, interrupt } = server;

  routes.addBare('GET', '/api/jobs', (request, reply) => {
    const query = parseJobQuery(queryOf(request));
    if (typeof query === 'string') return sendJson(reply, { error: query }, 400);
    return sendJson(reply, selectJobs(allJobs(server), query));
  });

  routes.addBare('GET', '/api/jobs/:jobId', (request, reply) => {
    const jobId = jobIdOf(request);
    const entry = history.get(jobId);
    if (entry !== undefined) return sendJson(reply, jobDetails(entry));
    const job = allJobs(server).find(({ id }) => id === jobId);
    return job === undefined
      ? sendJson(reply, { error: 'Job not found' }, 404)
      : sendJson(reply, job);
  });

  /** Nothing happens between the look and the deed, so the next prompt is never hit. */
  const cancel = (jobId: string): boolean => {
    if (queue.delete(jobId)) return true;
    if (!queue.listRunning().some(([, id]) => id === jobId)) return false;
    interrupt.raise();
    return true;
  };

  routes.addBare('POST', '/api/jobs/:jobId/cancel', (request, reply) =>
    sendJson(reply, { cancelled: cancel(jobIdOf(request)) }),
  );

  routes.addBare('POST', '/api/jobs/cancel', (request, reply) => {
    const body = readJson(request);
    const jobIds = stringsOf(isJsonObject(body) ? body['job_ids'] : undefined);
    const invalid = jobIds.filter((jobId) => !isUuid(jobId));
    if (invalid.length > 0) {
      const error = 'job_ids contains invalid id(s)';
      return sendJson(reply, { error, invalid_ids: invalid }, 400);
    }
    return sendJson(reply, { cancelled: jobIds.map(cancel).some(Boolean) });
  });
}

function allJobs({ queue, history }: EmulatedServer): readonly Job[] {
  return [
    ...queue.listPending().map((item) => queuedJob(item, 'pending')),
    ...queue.listRunning().map((item) => queuedJob(item, 'in_progress')),
    ...history.all().map(([, entry]) => finishedJob(entry)),
  ];
}

function jobIdOf(request: FastifyRequest): string {
  return (request as FastifyRequest<{ Params: { jobId: string } }>).params.jobId;
}
