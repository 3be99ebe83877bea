import { jobUrls, type JobUrls } from '@gateway/prompt';

/** What a request says about where it was sent to; Fastify reads forwarded headers if they are trusted. */
export interface RequestOrigin {
  readonly protocol: string;
  readonly host: string | undefined;
}

/** Addresses under which clients find us. */
export class PublicUrls {
  private readonly base: string | undefined;

  /** @param publicUrl our address as clients see it, with the prefix a proxy may have put before it. */
  constructor(publicUrl: string | undefined) {
    this.base = publicUrl?.replace(/\/+$/, '');
  }

  ofJob(jobId: string): JobUrls {
    return jobUrls(jobId, this.base);
  }

  /** What our absolute addresses begin with; empty, so that they are relative, for a host that is none. */
  baseFor(origin: RequestOrigin): string {
    return this.base ?? originOf(origin);
  }

  /** The absolute address of a path below `/api/v2`. */
  to(path: string, origin: RequestOrigin): string {
    return `${this.baseFor(origin)}/api/v2${path}`;
  }
}

function originOf({ protocol, host }: RequestOrigin): string {
  if (host === undefined || !/^[A-Za-z0-9._:[\]-]+$/.test(host)) return '';
  const url = URL.parse(`${protocol}://${host}`);
  return url ? url.origin : '';
}
