import type { JsonObject } from '@gateway/comfy-protocol';

import type { PreparedOutput } from './prepared-output';

/** One entry of `outputs`, in answers and webhooks alike: what it is, without a file's bytes. */
export function describeOutput(output: PreparedOutput): JsonObject {
  const { nodeId: node_id } = output;
  if (output.kind === 'text') {
    return { node_id, type: 'text', content_type: 'text/plain', text: output.text };
  }
  const { filename, type, contentType: content_type } = output;
  return { node_id, filename, type, content_type };
}
