import type { Asset, AssetService } from '@gateway/assets';
import type { Job, JobQueue, JobService } from '@gateway/jobs';
import type { Clock } from '@gateway/kernel';
import type { ProgressBoard } from '@gateway/progress';

import type { StreamedJob, StreamedJobs, StreamedOutput } from '../events/streamed-jobs.port';
import type { PublicUrls, RequestOrigin } from '../public-urls';
import type { JobBody, OutputBody } from './job.dto';
import { jobBody, outputBody } from './job.body';

export interface JobViewsParts {
  readonly jobs: Pick<JobService, 'get'>;
  readonly queue: Pick<JobQueue, 'position'>;
  readonly assets: Pick<AssetService, 'outputsOf'>;
  readonly board: Pick<ProgressBoard, 'current'>;
  readonly urls: PublicUrls;
  readonly retentionMs: number;
  readonly clock: Clock;
}

/** Jobs as clients see them: the record, its outputs, its place, how far it is. */
export class JobViews implements StreamedJobs {
  constructor(private readonly parts: JobViewsParts) {}

  body(job: Job, origin: RequestOrigin): JobBody {
    const { queue, board, urls, retentionMs, clock } = this.parts;
    return jobBody(job, {
      outputs: this.outputsOf(job.id, (path) => urls.to(path, origin)),
      queuePosition: queue.position(job.id),
      progress: board.current(job.id),
      urls: urls.ofJob(job.id),
      now: clock.now(),
      retentionMs,
    });
  }

  async read(jobId: string): Promise<StreamedJob | undefined> {
    const job = await this.parts.jobs.get(jobId);
    return job && { status: job.status, outputs: this.sharedOutputsOf(jobId) };
  }

  output(jobId: string, assetId: string): Promise<StreamedOutput | undefined> {
    return Promise.resolve(this.sharedOutputsOf(jobId).find(({ id }) => id === assetId));
  }

  /** For everybody who watches, wherever he asked. */
  private sharedOutputsOf(jobId: string): readonly OutputBody[] {
    return this.outputsOf(jobId, (path) => `/api/v2${path}`);
  }

  private outputsOf(jobId: string, urlOf: (path: string) => string): readonly OutputBody[] {
    const { assets, clock } = this.parts;
    const describe = (asset: Asset): OutputBody =>
      outputBody(asset, urlOf(`/assets/${asset.id}/content`), clock.now());
    return assets.outputsOf(jobId).map(describe);
  }
}
