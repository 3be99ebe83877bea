import type { LoggerService } from '@nestjs/common';
import type { Logger as NestLogger, Params } from 'nestjs-pino';
import pino, { type Logger, type LoggerOptions } from 'pino';

export type GatewayLogger = Logger;

/**
 * One logger for everything; JSON lines on stdout. Lines that come close together are written
 * together: a system call for each is what logging costs most. The end of the process writes what
 * is left.
 */
export function createLogger(level: string): GatewayLogger {
  const stdout = pino.destination({ sync: false, minLength: WRITTEN_AT_ONCE_BYTES });
  let flush: NodeJS.Timeout | undefined;
  const flushSoon = (): void => {
    flush ??= setTimeout(() => {
      flush = undefined;
      stdout.flush();
    }, WRITTEN_AFTER_MS).unref();
  };
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: {
      logMethod(line, write) {
        write.apply(this, line);
        flushSoon();
      },
    },
  };
  return pino(options, stdout);
}

const WRITTEN_AT_ONCE_BYTES = 8 * 1024;
const WRITTEN_AFTER_MS = 5;

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
