import type { LoggerService } from '@nestjs/common';
import type { Logger as NestLogger, Params } from 'nestjs-pino';
import pino, { type Logger, type LoggerOptions } from 'pino';

import { batchedLines } from './batched-lines';

export type GatewayLogger = Logger;

/** One logger for everything; JSON lines on stdout. */
export function createLogger(level: string): GatewayLogger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, batchedLines(STDOUT));
}

const STDOUT = 1;

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

/**
 * Nest's own logger, and none for each request: that would run every request in an asynchronous
 * context of its own, which makes every promise in this process dearer. See `logRequests`.
 */
export function nestLogging(logger: GatewayLogger): Params {
  return { pinoHttp: { logger }, forRoutes: [] };
}
