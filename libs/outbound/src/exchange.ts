import { DomainError, type Clock } from '@gateway/kernel';
import type { Dispatcher } from 'undici';

import { answerOf } from './answer';
import { AnswerBody } from './answer.body';
import { ExchangeDeadline } from './exchange.deadline';
import { reasonOf } from './failure.reason';
import { AddressRefusedError } from './guarded.connector';
import {
  AnswerTooLargeError,
  OutboundTimedOutError,
  TooManyRedirectsError,
  UrlForbiddenError,
  UrlUnreachableError,
} from './outbound.errors';
import type { OutboundRequest, OutboundResponse, Trust } from './outbound.request';
import { afterAnswer, type Hop, type RedirectRules } from './redirect.decision';
import type { RenewedDispatcher } from './renewed.dispatcher';
import { openBody, RequestBodyBrokenError } from './request.body';
import { outgoingHeaders, withoutCredentials } from './request.headers';
import { inspectUrl, NOT_A_URL, type UrlRules } from './url.inspection';

/** What all exchanges of a fetcher share. */
export interface WayOut {
  readonly rules: UrlRules;
  /**
   * Connections by who may use them: one that was made for the operator must not serve a client,
   * for whom its address was not checked.
   */
  readonly dispatchers: Readonly<Record<Trust, RenewedDispatcher>>;
  readonly redirects: RedirectRules;
  readonly userAgent: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** One order with all its redirects, from its first byte to the end of its answer's body. */
export class Exchange {
  private readonly deadline: ExchangeDeadline;
  private readonly maxBytes: number;

  constructor(
    private readonly order: OutboundRequest,
    private readonly way: WayOut,
  ) {
    const { url, timeoutMs = way.timeoutMs, maxBytes = way.maxBytes, signal } = order;
    const timedOut = (): Error => new OutboundTimedOutError(url, timeoutMs);
    this.deadline = new ExchangeDeadline(way.clock, timeoutMs, timedOut, signal);
    this.maxBytes = maxBytes;
  }

  /** `refuse` may turn the last answer down for its status. */
  async run(refuse: (url: string, status: number) => Error | undefined): Promise<OutboundResponse> {
    try {
      const { hop, answer } = await this.follow();
      const problem = refuse(hop.url.href, answer.statusCode) ?? this.sizeProblem(hop, answer);
      if (!problem) return this.receive(hop, answer);
      answer.body.on('error', () => undefined).destroy();
      throw problem;
    } catch (error) {
      this.deadline.release();
      throw error;
    }
  }

  private async follow(): Promise<{ readonly hop: Hop; readonly answer: Dispatcher.ResponseData }> {
    const { redirects } = this.way;
    let hop = this.firstHop();
    for (;;) {
      const answer = await this.send(hop);
      const { statusCode: status, headers } = answer;
      const location = [headers.location].flat()[0];
      const next = afterAnswer(hop, { status, location }, redirects);
      if (next.outcome === 'arrived') return { hop, answer };
      await this.deadline.bound(answer.body.dump({ limit: REDIRECT_BODY_BYTES }));
      switch (next.outcome) {
        case 'too-many':
          throw new TooManyRedirectsError(this.order.url, redirects.maxRedirects);
        case 'nowhere':
          throw new UrlForbiddenError(hop.url.href, 'it redirects to what is not a URL');
        case 'redirected':
          hop = next.to;
      }
    }
  }

  private firstHop(): Hop {
    const { method = 'GET', url, trust, headers = {} } = this.order;
    if (!URL.canParse(url)) throw new UrlForbiddenError(url, NOT_A_URL);
    const sent = outgoingHeaders(headers, this.way);
    return { method, trust, redirects: 0, ...withoutCredentials(new URL(url), sent) };
  }

  private async send(hop: Hop): Promise<Dispatcher.ResponseData> {
    const { url, method, headers, trust } = hop;
    const reason = inspectUrl(url, trust, this.way.rules);
    if (reason !== undefined) throw forbidden(hop, reason);
    const body = openBody(method === 'POST' ? this.order.body : undefined);
    try {
      const { signal } = this.deadline;
      const { origin, pathname, search } = url;
      const path = pathname + search;
      const dispatcher = this.way.dispatchers[trust].for(origin);
      return await this.deadline.bound(
        dispatcher.request({ origin, path, method, headers, body: body.content, signal }),
      );
    } catch (error) {
      body.release();
      throw this.deadline.causeOf(explain(error, hop));
    }
  }

  private sizeProblem(
    { url, method }: Hop,
    { headers }: Dispatcher.ResponseData,
  ): Error | undefined {
    if (method === 'HEAD' || !(Number(headers['content-length']) > this.maxBytes)) return undefined;
    return new AnswerTooLargeError(url.href, this.maxBytes);
  }

  private receive(
    hop: Hop,
    { statusCode: status, headers, body: source }: Dispatcher.ResponseData,
  ): OutboundResponse {
    const { deadline, maxBytes } = this;
    const tooLarge = (limit: number): Error => new AnswerTooLargeError(hop.url.href, limit);
    const body = new AnswerBody(source, {
      maxBytes,
      tooLarge: () => tooLarge(maxBytes),
      explain: (failure) => deadline.causeOf(explain(failure, hop)),
      signal: deadline.signal,
      ended: () => deadline.release(),
    });
    return answerOf({ status, headers, url: hop.url, body, tooLarge });
  }
}

function forbidden(hop: Hop, reason: string): UrlForbiddenError {
  const { href, origin, protocol } = hop.url;
  if (hop.redirects === 0) return new UrlForbiddenError(href, reason);
  const where = origin === 'null' ? protocol : origin;
  return new UrlForbiddenError(href, `it redirects to ${where}, and ${reason}`);
}

/** A failure of a hop, in this lib's own errors. */
function explain(failure: unknown, hop: Hop): Error {
  if (failure instanceof AddressRefusedError) return forbidden(hop, failure.reason);
  if (failure instanceof RequestBodyBrokenError) return failure.cause as Error;
  if (failure instanceof DomainError) return failure;
  return new UrlUnreachableError(hop.url.href, reasonOf(failure), { cause: failure });
}

/** So much of a redirect is read to keep the connection. */
const REDIRECT_BODY_BYTES = 64 * 1024;
