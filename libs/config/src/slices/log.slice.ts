import { z } from 'zod';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** What is logged. */
export const logVariables = z.object({
  LOG_LEVEL: z
    .string()
    .transform((level) => level.trim().toLowerCase())
    .pipe(z.enum(LEVELS, { error: `must be one of ${LEVELS.join(', ')}` }))
    .prefault('info')
    .describe('Least severe level that is logged: `trace` … `fatal`. JSON lines on stdout.'),
});
