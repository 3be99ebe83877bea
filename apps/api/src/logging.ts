import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Params } from 'nestjs-pino';
import pino, { type Logger } from 'pino';

export type GatewayLogger = Logger;

/** One logger for everything; JSON lines on stdout. */
export function createLogger(level: string): GatewayLogger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
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
        req: (request: IncomingMessage) => ({ method: request.method, url: request.url }),
        res: (response: ServerResponse) => ({ status: response.statusCode }),
      },
      customLogLevel: (request, response, error) => {
        if (error || response.statusCode >= 500) return isProbe(request) ? 'debug' : 'error';
        return isProbe(request) ? 'debug' : 'info';
      },
      customSuccessMessage: () => 'request',
      customErrorMessage: () => 'request',
    },
  };
}

function isProbe(request: IncomingMessage): boolean {
  return /^\/(health|ready)\b/.test(request.url ?? '');
}
