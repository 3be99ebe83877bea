import { ApiV2Filter, TooManyStreamsError } from '@gateway/comfy-api-v2';
import { stringifyJson } from '@gateway/comfy-protocol';
import { QueueFullError } from '@gateway/jobs';
import { DomainError } from '@gateway/kernel';
import { PromptFailedError, PromptRejectedError } from '@gateway/prompt';
import { WorkflowFailedError, WorkflowNotFoundError } from '@gateway/workflow-registry';
import {
  Catch,
  HttpException,
  HttpStatus,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { errorCodes, type FastifyReply } from 'fastify';
import { ZodValidationException } from 'nestjs-zod';
import type { ZodError } from 'zod';

import { statusOf } from './error-statuses';

/** Body of every error answer. */
interface Problem {
  readonly error: string;
  readonly code: string;
  readonly location?: string;
  readonly [detail: string]: unknown;
}

interface Answer {
  readonly status: number;
  /** A {@link Problem}, or what a probe found. */
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Turns every error into one shape, but for the official API, which has its own. What nobody foresaw is logged here, once, and tells nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);
  private readonly apiV2 = new ApiV2Filter();

  catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error, host.switchToHttp().getResponse<FastifyReply>());
  }

  /** For errors that Nest does not hear of. */
  answer(error: unknown, reply: FastifyReply): void {
    if (ApiV2Filter.isFor(reply.request.url)) {
      this.apiV2.answer(error, reply);
      return;
    }
    const { status, body, headers = {} } = this.answerTo(error);
    if (reply.raw.destroyed || reply.sent) return;
    // node_errors quote seeds and their bounds, which reach 64 bits.
    void reply
      .status(status)
      .headers(headers)
      .type('application/json; charset=utf-8')
      .serializer(stringifyJson)
      .send(body);
  }

  private answerTo(error: unknown): Answer {
    if (error instanceof ZodValidationException)
      return invalidBody(error.getZodError() as ZodError);
    if (error instanceof DomainError) return domainAnswer(error);
    if (isProbeResult(error)) return { status: error.getStatus(), body: error.getResponse() };
    if (error instanceof HttpException) return httpAnswer(error.getStatus(), error.message);
    const thrown = error as { readonly statusCode?: unknown; readonly message?: unknown };
    if (typeof thrown.statusCode === 'number' && thrown.statusCode < 500) {
      return httpAnswer(thrown.statusCode, String(thrown.message), locationOf(error));
    }
    this.logger.error({ err: error }, 'unforeseen error');
    const status = HttpStatus.INTERNAL_SERVER_ERROR;
    return { status, body: problem({ error: 'Internal error', code: 'internal' }) };
  }
}

function domainAnswer(error: DomainError): Answer {
  return {
    status: statusOf(error.code),
    body: problem({ error: error.message, code: error.code, ...detailsOf(error) }),
    headers: retryAfter(error),
  };
}

function retryAfter(error: DomainError): Readonly<Record<string, string>> {
  if (error instanceof QueueFullError || error instanceof TooManyStreamsError) {
    return { 'retry-after': String(error.retryAfterS) };
  }
  const comesBack = statusOf(error.code) === HttpStatus.SERVICE_UNAVAILABLE;
  return comesBack ? { 'retry-after': COMES_BACK_AFTER_S } : {};
}

/** An engine that restarts, or a gateway that is replaced, is soon there again; seconds. */
const COMES_BACK_AFTER_S = '5';

function detailsOf(error: DomainError): Readonly<Record<string, unknown>> {
  if (error instanceof PromptRejectedError) {
    const { location, nodeErrors } = error;
    return { location, ...(nodeErrors && { node_errors: nodeErrors }) };
  }
  if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) {
    return { location: error.location };
  }
  if (!(error instanceof PromptFailedError)) return {};
  return error.code === 'prompt.execution_failed' ? { execution: error.details } : error.details;
}

function invalidBody(error: ZodError): Answer {
  const issues = error.issues.map(({ path, message }) => ({
    location: path.map(String).join('.') || 'body',
    message,
  }));
  const [first] = issues;
  return {
    status: HttpStatus.BAD_REQUEST,
    body: problem({
      error: issues.map(({ location, message }) => `${location}: ${message}`).join('; '),
      code: 'request.invalid',
      location: first?.location ?? 'body',
      issues,
    }),
  };
}

/** Where a mistake is that has another place than most of its status. */
function locationOf(error: unknown): Pick<Problem, 'location'> {
  return error instanceof errorCodes.FST_ERR_BAD_URL ? { location: 'path' } : {};
}

function httpAnswer(
  status: number,
  message: string,
  place: Pick<Problem, 'location'> = {},
): Answer {
  const known = HTTP_PROBLEMS[status] ?? { code: 'request.refused' };
  const isOfOtherType = known.code === 'request.unsupported_media_type';
  const error = isOfOtherType ? withMediaType(message) : message;
  return { status, body: problem({ error, ...known, ...place }) };
}

/** What curl sends unless it is told otherwise is a form. */
function withMediaType(message: string): string {
  return `${message.replace(/\.$/, '')}. Send it as content-type: application/json`;
}

/** What the platform refuses before a route sees it. */
const HTTP_PROBLEMS: Readonly<Record<number, Omit<Problem, 'error'> & { readonly code: string }>> =
  {
    [HttpStatus.BAD_REQUEST]: { code: 'request.invalid', location: 'body' },
    [HttpStatus.NOT_FOUND]: { code: 'request.not_found', location: 'path' },
    [HttpStatus.URI_TOO_LONG]: { code: 'request.too_long', location: 'path' },
    [HttpStatus.PAYLOAD_TOO_LARGE]: { code: 'request.too_large', location: 'body' },
    [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: {
      code: 'request.unsupported_media_type',
      location: 'body',
    },
  };

/** Terminus throws its findings when one of them is bad; they are an answer, not a problem. */
function isProbeResult(error: unknown): error is HttpException {
  if (!(error instanceof HttpException)) return false;
  const response = error.getResponse();
  return typeof response === 'object' && 'status' in response && 'details' in response;
}

function problem(body: Problem): Problem {
  return body;
}
