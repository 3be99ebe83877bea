import { randomUUID } from 'node:crypto';

import type { Job, JobResult, PreparedOutput, WebhookTarget } from '@gateway/jobs';

import type { WebhookBody } from '../body/webhook.body';
import type { Delivery } from '../delivery/delivery';
import {
  outputCompleteBodies,
  promptCompleteBody,
  promptFailedBodyV1,
  promptFailedBodyV2,
} from './prompt-webhook.bodies';

/** All that one job has to deliver, and whom to tell when that is over. */
export interface JobDispatch {
  readonly jobId: string;
  /** What each target gets, in this order. Targets do not wait for each other. */
  readonly targets: readonly (readonly PromptDelivery[])[];
  /** Lets go of what is open; it is opened again when it is sent. */
  release(): Promise<void>;
  /** Everything was delivered. */
  delivered(): Promise<void>;
  /** Something was given up. */
  abandoned(): Promise<void>;
}

export interface PromptDelivery {
  readonly delivery: Delivery;
  readonly body: WebhookBody;
}

/** The dispatch of a job that has just ended; its times are frozen here. */
export function dispatchOf(
  { id: jobId, request }: Pick<Job, 'id' | 'request'>,
  result: JobResult,
  now: number,
): JobDispatch {
  const bodies = bodiesOf(result, request.prompt, new Date(now));
  const targets = (request.webhooks ?? []).map(({ version, url }) =>
    bodies[version]().map((body) => ({
      delivery: { id: `msg_${randomUUID()}`, jobId, version, url, createdAt: now },
      body,
    })),
  );
  const nothing = (): Promise<void> => Promise.resolve();
  return result.outcome === 'succeeded'
    ? {
        jobId,
        targets,
        release: () => releaseFiles(result.outputs),
        delivered: () => result.delivered(),
        abandoned: () => result.abandoned(),
      }
    : { jobId, targets, release: nothing, delivered: nothing, abandoned: nothing };
}

type Bodies = Readonly<Record<WebhookTarget['version'], () => readonly WebhookBody[]>>;

function bodiesOf(result: JobResult, submitted: Job['request']['prompt'], endedAt: Date): Bodies {
  if (result.outcome === 'succeeded') {
    const success = { result, stats: result.stats(), endedAt };
    return { 1: () => outputCompleteBodies(success), 2: () => [promptCompleteBody(success)] };
  }
  const failed = { ...result, prompt: submitted, endedAt };
  return { 1: () => [promptFailedBodyV1(failed)], 2: () => [promptFailedBodyV2(failed)] };
}

async function releaseFiles(outputs: readonly PreparedOutput[]): Promise<void> {
  await Promise.all(
    outputs.map((output) => (output.kind === 'file' ? output.release() : Promise.resolve())),
  );
}
