import { z } from 'zod';

import { decimalNumber, flag, text, wholeNumber } from '../variables';

/** Jobs, their queue, their files. */
export const jobsVariables = z.object({
  MAX_QUEUE_DEPTH: wholeNumber(0)
    .prefault('0')
    .describe('Waiting prompts at which `/ready` turns 503; 0 means never.'),
  QUEUE_LIMIT: wholeNumber(0)
    .prefault('20000')
    .describe('Waiting prompts at which new ones are refused with 429; 0 means never.'),
  QUEUE_LIMIT_MB: decimalNumber(0)
    .prefault('2048')
    .describe('The same, by the size of the waiting requests in MB (2^20 bytes).'),
  PREPEND_FILENAMES: flag()
    .prefault('true')
    .describe('Name files `<id>_<prefix>`; otherwise the job id alone.'),
  STATE_DIR: text()
    .optional()
    .describe(
      "Folder for the gateway's own files; a folder in the user's state directory if unset.",
    ),
});
