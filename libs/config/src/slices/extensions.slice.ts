import { z } from 'zod';

import { fileList } from '../variables';

/** What is added to the gateway from outside. */
export const extensionsVariables = z.object({
  EXTENSION_MODULES: fileList()
    .prefault('')
    .describe(
      'Files that export Nest modules to add, separated by commas: see `docs/extending.md`.',
    ),
});
