import { Readable } from 'node:stream';

import {
  UrlForbiddenError,
  UrlUnreachableError,
  type OutboundFetcher,
  type OutboundRequest,
  type OutboundResponse,
} from '@gateway/outbound';

interface WebFile {
  readonly bytes: Buffer;
  readonly contentType?: string;
}

/** A web of a few files. Addresses of `forbidden.example` are refused, others are not there. */
export class FakeFetcher implements Pick<OutboundFetcher, 'download' | 'inspect'> {
  readonly files = new Map<string, WebFile>();
  readonly asked: string[] = [];
  /** Answers only when it is called. */
  onAsked: (order: OutboundRequest) => Promise<void> = () => Promise.resolve();

  put(url: string, bytes: Buffer, contentType?: string): void {
    this.files.set(url, { bytes, ...(contentType !== undefined && { contentType }) });
  }

  inspect(url: string): UrlForbiddenError | undefined {
    const { hostname } = new URL(url);
    return hostname === 'forbidden.example'
      ? new UrlForbiddenError(url, 'this host is not allowed')
      : undefined;
  }

  async download(order: OutboundRequest): Promise<OutboundResponse> {
    this.asked.push(order.url);
    const problem = this.inspect(order.url);
    if (problem) throw problem;
    await this.onAsked(order);
    order.signal?.throwIfAborted();
    const file = this.files.get(order.url);
    if (!file) throw new UrlUnreachableError(order.url, 'the name is not known');
    const body = Readable.from([file.bytes]);
    return {
      status: 200,
      headers: file.contentType === undefined ? {} : { 'content-type': file.contentType },
      url: order.url,
      body,
      text: () => Promise.resolve(file.bytes.toString()),
      discard: () => Promise.resolve(void body.destroy()),
    };
  }
}
