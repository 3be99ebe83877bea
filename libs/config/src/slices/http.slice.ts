import { z } from 'zod';

import { decimalNumber, port, seconds, text } from '../variables';

/** The gateway's own address. */
export const httpVariables = z.object({
  HOST: text().default('::').describe('Address to listen at.'),
  PORT: port().prefault('3000').describe('Port to listen at.'),
  MAX_BODY_SIZE_MB: decimalNumber(0.001, 4096)
    .prefault('100')
    .describe('Largest request body, in MB (2^20 bytes).'),
  SHUTDOWN_GRACE_S: seconds()
    .prefault('30')
    .describe('Seconds that accepted prompts have to end after SIGTERM or SIGINT.'),
});
