import { z } from 'zod';

/** What is logged. */
export const logVariables = z.object({
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
      error: 'must be one of trace, debug, info, warn, error, fatal',
    })
    .default('info')
    .describe('Least severe level that is logged.'),
});
