import { stringifyJson } from '@gateway/comfy-protocol';
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import { errorAnswer, UNFORESEEN } from './error-envelope';

/**
 * Turns every error below `/api/v2` into the contract's envelope. What nobody foresaw is logged here,
 * once, and tells nothing.
 */
@Catch()
export class ApiV2Filter implements ExceptionFilter {
  private readonly logger = new Logger(ApiV2Filter.name);

  /** Whether a path is this door's. */
  static isFor(url: string): boolean {
    return /^\/api\/v2(?:[/?]|$)/.test(url);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error, host.switchToHttp().getResponse<FastifyReply>());
  }

  /** For errors that Nest does not hear of. */
  answer(error: unknown, reply: FastifyReply): void {
    const answer = errorAnswer(error);
    if (!answer) this.logger.error({ err: error }, 'unforeseen error');
    if (reply.raw.destroyed || reply.sent) return;
    const { status, envelope, retryAfterS } = answer ?? UNFORESEEN;
    if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
    void reply
      .status(status)
      .type('application/json; charset=utf-8')
      .serializer(stringifyJson)
      .send(envelope);
  }
}
