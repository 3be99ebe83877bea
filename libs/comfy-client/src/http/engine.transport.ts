import type { Readable } from 'node:stream';

import { Pool } from 'undici';

import { ComfyUnreachableError } from '../comfy-client.errors';

export interface EngineRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
  readonly signal?: AbortSignal | undefined;
  /** Deadline of this request when it is not the transport's own. */
  readonly timeoutMs?: number;
}

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/**
 * Kept-alive connections to one engine, and a deadline on every request.
 *
 * Files have connections of their own: a slow reader of a large video must not make a submission
 * wait. No `Origin` header is ever sent, because ComfyUI answers a foreign one with 403.
 */
export class EngineTransport {
  private readonly control: Pool;
  private readonly files: Pool;
  private readonly prefix: string;

  constructor(
    baseUrl: string,
    private readonly requestTimeoutMs: number,
  ) {
    const url = new URL(baseUrl);
    this.prefix = url.pathname.replace(/\/+$/, '');
    this.control = new Pool(url.origin, { connections: 8 });
    this.files = new Pool(url.origin);
  }

  /** A whole answer, however large, within the deadline. */
  async text(request: EngineRequest): Promise<TextAnswer> {
    return this.withDeadline(request, async (signal) => {
      const answer = await this.send(this.control, request, signal);
      return { status: answer.statusCode, text: await answer.body.text() };
    });
  }

  /** An answer whose status comes within the deadline; the body takes as long as its reader. */
  async stream(request: EngineRequest): Promise<StreamAnswer> {
    return this.withDeadline(request, async (signal) => {
      const { statusCode, headers, body } = await this.send(this.files, request, signal);
      body.on('error', leaveToReader);
      return { status: statusCode, headers, body };
    });
  }

  /** Ends every connection, requests in flight included. */
  async close(): Promise<void> {
    await Promise.all([this.control.destroy(), this.files.destroy()]);
  }

  private send(
    pool: Pool,
    request: EngineRequest,
    signal: AbortSignal,
  ): ReturnType<Pool['request']> {
    return pool.request({
      method: request.method,
      path: this.prefix + request.path,
      headers: request.headers ?? null,
      body: request.body ?? null,
      signal,
      headersTimeout: 0,
    });
  }

  private async withDeadline<T>(
    request: EngineRequest,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { signal: outer, timeoutMs = this.requestTimeoutMs } = request;
    outer?.throwIfAborted();
    const inner = new AbortController();
    const expire = setTimeout(() => {
      inner.abort(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const passOn = (): void => {
      inner.abort(outer?.reason);
    };
    outer?.addEventListener('abort', passOn, { once: true });
    try {
      return await work(inner.signal);
    } catch (error) {
      if (outer?.aborted) throw error;
      const { aborted: isOverdue } = inner.signal;
      const facts = { cause: error, isOverdue };
      throw new ComfyUnreachableError(`${request.method} ${request.path}`, facts);
    } finally {
      clearTimeout(expire);
      outer?.removeEventListener('abort', passOn);
    }
  }
}

/** A body that breaks before anyone reads it would otherwise end the process; readers still see it. */
function leaveToReader(): void {
  // Deliberately empty.
}
