import type { JobResult, OutputSink } from '@gateway/jobs';

/** Holds a result for the request that waits for it. */
export class InlineAnswer implements OutputSink {
  private resolve!: (result: JobResult) => void;
  /** Settles once, with the job's ending. */
  readonly result = new Promise<JobResult>((resolve) => {
    this.resolve = resolve;
  });

  settle(result: JobResult): void {
    this.resolve(result);
  }
}
