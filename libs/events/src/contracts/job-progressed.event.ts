/** A node of a running job reported how far it is. */
export interface JobProgressed {
  readonly jobId: string;
  readonly nodeId: string | undefined;
  readonly value: number;
  readonly max: number;
}
