/** An output of a job is committed: from now on it can be fetched. */
export interface JobOutputKept {
  readonly jobId: string;
  readonly assetId: string;
}
