/** Where a job is found at the official API. */
export interface JobUrls {
  readonly self: string;
  readonly events: string;
  readonly cancel: string;
}

/** @param publicUrl our address as clients see it; absent: the addresses are relative to the host. */
export function jobUrls(jobId: string, publicUrl = ''): JobUrls {
  const self = `${publicUrl.replace(/\/+$/, '')}/api/v2/jobs/${encodeURIComponent(jobId)}`;
  return { self, events: `${self}/events`, cancel: `${self}/cancel` };
}
