import type { IncomingMessage, ServerResponse } from 'node:http';

import type { LoggerService } from '@nestjs/common';
import type { Logger as NestLogger, Params } from 'nestjs-pino';
import pino, { type Logger } from 'pino';

export type GatewayLogger = Logger;

/** One logger for everything; JSON lines on stdout. */
export function createLogger(level: string): GatewayLogger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

/** What Nest tells by `log` is how it wires itself up, a line per route: at `debug`. */
export function quietly(nest: NestLogger): LoggerService {
  return {
    log: (message: unknown, ...context: unknown[]) => nest.debug(message, ...context),
    error: (message: unknown, ...context: unknown[]) => nest.error(message, ...context),
    warn: (message: unknown, ...context: unknown[]) => nest.warn(message, ...context),
    debug: (message: unknown, ...context: unknown[]) => nest.debug(message, ...context),
    verbose: (message: unknown, ...context: unknown[]) => nest.verbose(message, ...context),
    fatal: (message: unknown, ...context: unknown[]) => nest.fatal(message, ...context),
  };
}

/** One line per request with its ids, never a body. Probes are logged at `debug`. */
export function httpLogging(logger: GatewayLogger): Params {
  return {
    pinoHttp: {
      logger,
      autoLogging: true,
      quietReqLogger: true,
      wrapSerializers: false,
      serializers: {
        req: (request: LoggedRequest) => ({ method: request.method, url: urlOf(request) }),
        res: (response: ServerResponse) => ({ status: response.statusCode }),
      },
      customLogLevel: (request, response, error) => {
        if (error || response.statusCode >= 500) return isProbe(request) ? 'debug' : 'error';
        return isProbe(request) ? 'debug' : 'info';
      },
      customProps: ({ jobId }: LoggedRequest) => (jobId === undefined ? {} : { jobId }),
      customSuccessMessage: (_request, response) =>
        response.writableFinished ? 'request' : 'request dropped',
      customErrorMessage: () => 'request',
    },
  };
}

/** A request as middleware sees it. */
interface LoggedRequest extends IncomingMessage {
  /** The whole path; middleware is shown the part below its own mount point. */
  readonly originalUrl?: string;
  readonly jobId?: string;
}

function urlOf(request: LoggedRequest): string {
  return request.originalUrl ?? request.url ?? '';
}

function isProbe(request: LoggedRequest): boolean {
  return /^\/(health|ready)\b/.test(urlOf(request));
}
