import { z } from 'zod';

import { flag, text, webUrl } from '../variables';

/** Workflow files, and the prompt that warms ComfyUI up. */
export const workflowsVariables = z.object({
  WORKFLOW_DIR: text()
    .default('/workflows')
    .describe('Folder of the workflow files; must be there if set.'),
  WORKFLOW_WATCH: flag()
    .prefault('false')
    .describe('Load workflow files anew when they change; for development.'),
  MARKDOWN_SCHEMA_DESCRIPTIONS: flag()
    .prefault('true')
    .describe('Describe the inputs of workflows as a Markdown table in `/docs`.'),
  WARMUP_PROMPT_FILE: text()
    .optional()
    .describe(
      'File with a prompt in API format that runs after each start of ComfyUI; `/health` waits for ' +
        'the first, `/ready` for each.',
    ),
  WARMUP_PROMPT_URL: webUrl().optional().describe('The same, from an address.'),
});
