import type { RunFieldSchemas } from '@gateway/prompt';
import { z } from 'zod';

/** What a request to a workflow holds: as for `/prompt`, with `input` for `prompt`. */
export function requestSchema(input: z.ZodType, fields: RunFieldSchemas) {
  return z.strictObject({ input, ...fields });
}
