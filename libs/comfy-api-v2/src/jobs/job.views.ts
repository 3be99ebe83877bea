import type { Asset, AssetService } from '@gateway/assets';
import type { JobService, JobSummary } from '@gateway/jobs';
import type { Clock } from '@gateway/kernel';
import type { ProgressBoard } from '@gateway/progress';

import type { StreamedJob, StreamedJobs, StreamedOutput } from '../events/streamed-jobs.port';
import type { PublicUrls, RequestOrigin } from '../public-urls';
import type { JobBody, OutputBody } from './job.dto';
import { jobBody, outputBody } from './job.body';

export interface JobViewsParts {
  readonly jobs: Pick<JobService, 'summary' | 'position'>;
  readonly assets: Pick<AssetService, 'outputsOf' | 'outputsOfAll'>;
  readonly board: Pick<ProgressBoard, 'current'>;
  readonly urls: PublicUrls;
  readonly retentionMs: number;
  readonly clock: Clock;
}

/** Jobs as clients see them: the record, its outputs, its place, how far it is. */
export class JobViews implements StreamedJobs {
  constructor(private readonly parts: JobViewsParts) {}

  body(job: JobSummary, origin: RequestOrigin): JobBody {
    return this.bodyWith(this.parts.assets.outputsOf(job.id), job, origin);
  }

  bodies(jobs: readonly JobSummary[], origin: RequestOrigin): JobBody[] {
    const outputs = this.parts.assets.outputsOfAll(jobs.map(({ id }) => id));
    return jobs.map((job) => this.bodyWith(outputs.get(job.id) ?? [], job, origin));
  }

  async read(jobId: string): Promise<StreamedJob | undefined> {
    const job = await this.parts.jobs.summary(jobId);
    return job && { status: job.status, outputs: this.sharedOutputsOf(jobId) };
  }

  output(jobId: string, assetId: string): Promise<StreamedOutput | undefined> {
    return Promise.resolve(this.sharedOutputsOf(jobId).find(({ id }) => id === assetId));
  }

  private bodyWith(outputs: readonly Asset[], job: JobSummary, origin: RequestOrigin): JobBody {
    const { jobs, board, urls, retentionMs, clock } = this.parts;
    return jobBody(job, {
      outputs: this.described(outputs, (path) => urls.to(path, origin)),
      queuePosition: jobs.position(job.id),
      progress: board.current(job.id),
      urls: urls.ofJob(job.id),
      now: clock.now(),
      retentionMs,
    });
  }

  /** For everybody who watches, wherever he asked. */
  private sharedOutputsOf(jobId: string): readonly OutputBody[] {
    return this.described(this.parts.assets.outputsOf(jobId), (path) => `/api/v2${path}`);
  }

  private described(
    outputs: readonly Asset[],
    urlOf: (path: string) => string,
  ): readonly OutputBody[] {
    const now = this.parts.clock.now();
    return outputs.map((asset) => outputBody(asset, urlOf(`/assets/${asset.id}/content`), now));
  }
}
