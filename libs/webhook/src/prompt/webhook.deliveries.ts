import type { Log } from '@gateway/kernel';

import { attemptFacts } from '../delivery/attempt.facts';
import type { Message } from '../delivery/delivery';
import { deliver, type DeliveryDependencies, type GivenUp } from '../delivery/delivery.run';
import { originOf } from '../delivery/origin';
import { OwnedWork } from '../owned-work';
import type { JobDispatch, PromptDelivery } from './job.dispatch';

/** Owns every delivery of a prompt's outcome, from its acceptance until it arrived or was given up. */
export class WebhookDeliveries {
  private readonly work: OwnedWork;
  private unended = 0;

  constructor(
    private readonly dependencies: DeliveryDependencies,
    /** What is cut off is not given up: the next life of the gateway delivers it. */
    private readonly outlive: boolean,
    private readonly log: Log,
  ) {
    this.work = new OwnedWork(log);
  }

  /** Deliveries that have neither arrived nor been given up. */
  get pending(): number {
    return this.unended;
  }

  /** Takes a job's outcome over, and returns at once. */
  accept(dispatch: JobDispatch): void {
    this.unended += dispatch.targets.flat().length;
    this.work.begin((signal) => this.dispatch(dispatch, signal));
  }

  /**
   * Resolves when nothing is pending. When `deadline` aborts, attempts under way are aborted and all
   * that is left is given up or left to the next start, as is whatever is accepted later.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    await this.work.drain(deadline);
  }

  private async dispatch(dispatch: JobDispatch, signal: AbortSignal): Promise<void> {
    const { jobId } = dispatch;
    await this.finish(jobId, () => dispatch.release());
    const reports = await Promise.all(
      dispatch.targets.map((deliveries) => this.sendInOrder(deliveries, signal)),
    );
    const givenUp = reports.flatMap((report) => report ?? []);
    if (givenUp.length === 0) {
      await this.finish(jobId, () => dispatch.delivered());
      return;
    }
    if (this.outlive && signal.aborted) {
      this.log.info({ jobId, waiting: givenUp }, 'webhooks are left to the next start');
      return;
    }
    this.log.error({ jobId, givenUp }, 'webhooks were given up; files are kept');
    await this.finish(jobId, () => dispatch.abandoned());
  }

  /** One at a time: a failed one does not stop the next. Returns what to tell of those given up. */
  private async sendInOrder(
    deliveries: readonly PromptDelivery[],
    signal: AbortSignal,
  ): Promise<object | undefined> {
    const failures: { readonly item: PromptDelivery; readonly end: GivenUp }[] = [];
    for (const item of deliveries) {
      const end = await deliver(messageOf(item), signal, this.dependencies);
      this.unended -= 1;
      if (end.outcome === 'given-up') failures.push({ item, end });
    }
    const last = failures.at(-1);
    if (!last) return undefined;
    const { version, url } = last.item.delivery;
    return {
      target: originOf(url),
      version,
      deliveries: `${failures.length} of ${deliveries.length}`,
      attempts: last.end.attempts,
      ...attemptFacts(last.end.last),
    };
  }

  /** The files' owner failing is no reason to lose a delivery. */
  private async finish(jobId: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.log.warn({ err: error, jobId }, 'files of a delivered job could not be let go');
    }
  }
}

function messageOf({ delivery, body }: PromptDelivery): Message {
  const { id, url, version } = delivery;
  const contract = version === 1 ? 'plain' : 'standard-webhooks';
  return { id, url, trust: 'client', contract, body };
}
