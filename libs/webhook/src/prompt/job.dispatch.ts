import { createHash } from 'node:crypto';

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

/** The dispatch of a job that has ended: the same in every life of the gateway. */
export function dispatchOf(
  job: Pick<Job, 'id' | 'createdAt' | 'request'>,
  result: JobResult,
  now: number,
): JobDispatch {
  const { id: jobId, request } = job;
  const bodies = bodiesOf(result, request.prompt, new Date(result.endedAt ?? now));
  const wanting = (request.webhooks ?? []).map((target) => isWanted(result, target));
  const targets = (request.webhooks ?? []).map(({ version, url }, target) => {
    if (wanting[target] !== true) return [];
    return bodies[version]().map((body, index) => ({
      delivery: { id: messageId(job, target, index), jobId, version, url, createdAt: now },
      body,
    }));
  });
  const isTaken = wanting.includes(true);
  const nothing = (): Promise<void> => Promise.resolve();
  const told = (): Promise<void> =>
    result.outcome === 'failed' && result.told ? result.told() : nothing();
  return result.outcome === 'succeeded'
    ? {
        jobId,
        targets,
        release: () => releaseFiles(result.outputs),
        // What nobody wanted to hear of, nobody took.
        delivered: () => (isTaken ? result.delivered() : result.abandoned()),
        abandoned: () => result.abandoned(),
      }
    : { jobId, targets, release: nothing, delivered: told, abandoned: told };
}

function isWanted({ outcome }: JobResult, { events }: WebhookTarget): boolean {
  return events?.includes(outcome === 'succeeded' ? 'prompt.complete' : 'prompt.failed') ?? true;
}

/** The same in every life of the gateway, and no other job's: a receiver tells repetitions by it. */
function messageId(
  { id, createdAt }: Pick<Job, 'id' | 'createdAt'>,
  target: number,
  index: number,
) {
  const name = JSON.stringify([id, createdAt, target, index]);
  return `msg_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
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
