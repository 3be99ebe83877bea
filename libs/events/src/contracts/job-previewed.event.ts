/**
 * A picture of what a running job has so far. Nobody decodes previews while this event has no
 * listener.
 */
export interface JobPreviewed {
  readonly jobId: string;
  readonly nodeId: string;
  readonly contentType: string;
  /** As it came; a view into the engine's frame. */
  readonly image: Buffer;
}
