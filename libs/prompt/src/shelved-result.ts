import type { Job, JobReport, JobService, JobSuccess, OutputShelf } from '@gateway/jobs';

import { closeOutputs } from './output-preparation';

export interface ShelfKeepers {
  readonly jobs: Pick<JobService, 'settle'>;
  readonly shelf: OutputShelf;
}

/** A success whose outputs are on the shelf; what its stats say stands fast. */
export async function shelvedResult(
  { id: jobId, request, endedAt }: Pick<Job, 'id' | 'request'> & Pick<JobSuccess, 'endedAt'>,
  report: JobReport,
  { jobs, shelf }: ShelfKeepers,
): Promise<JobSuccess> {
  const outputs = await shelf.outputsOf(jobId);
  return {
    outcome: 'succeeded',
    jobId,
    endedAt,
    prompt: report.prompt,
    outputs,
    stats: () => report.stats,
    delivered: async () => {
      await closeOutputs(outputs);
      if (!request.keep) await shelf.remove(jobId);
      await jobs.settle(jobId);
    },
    abandoned: async () => {
      await closeOutputs(outputs);
      await jobs.settle(jobId);
    },
  };
}
