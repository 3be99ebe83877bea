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
      "Folder for the gateway's own files, jobs and their outputs among them; a folder in the user's " +
        'state directory if unset. `memory`: jobs are forgotten when the gateway ends.',
    ),
  STATE_SYNC: z
    .enum(['NORMAL', 'FULL'], { error: 'must be NORMAL or FULL' })
    .prefault('NORMAL')
    .describe(
      'What is acknowledged survives the death of the gateway (`NORMAL`), or a power failure, too ' +
        '(`FULL`, a flush of the disk for each write).',
    ),
  JOB_RETENTION_H: decimalNumber(0, 1_000_000)
    .prefault('24')
    .describe(
      'Hours that an ended job stays readable, with those of its outputs that no answer took; 0 ' +
        'means until `STATE_MAX_GB` is reached.',
    ),
  STATE_MAX_GB: decimalNumber(0, 1_000_000)
    .prefault('50')
    .describe(
      'Size of what is kept of jobs and files, in GB (2^30 bytes), at which ended jobs and uploads ' +
        'that no job needs are forgotten earlier, the oldest first; 0 means no limit.',
    ),
});
