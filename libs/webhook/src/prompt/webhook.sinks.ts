import type { Job, JobResult, OutputSink, OutputSinks } from '@gateway/jobs';
import type { Clock } from '@gateway/kernel';

import { dispatchOf } from './job.dispatch';
import type { WebhookDeliveries } from './webhook.deliveries';

/** Sinks of the jobs whose client named a webhook. */
export class WebhookSinks implements OutputSinks {
  constructor(
    private readonly deliveries: Pick<WebhookDeliveries, 'accept'>,
    private readonly clock: Clock,
  ) {}

  open(job: Job): OutputSink | undefined {
    if (!job.request.webhooks?.length) return undefined;
    let settled = false;
    return {
      settle: (result: JobResult) => {
        if (settled) return;
        settled = true;
        this.deliveries.accept(dispatchOf(job, result, this.clock.now()));
      },
    };
  }
}
