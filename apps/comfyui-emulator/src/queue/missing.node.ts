import type { JsonValue, PromptError } from '@gateway/comfy-protocol';

import { isJsonObject } from '../http/request.body';

const NODE_ID = /^Node ID '#(.*)'$/;

/** The later wording of "class missing" and "class unknown": one type, the node named by its title. */
export function explainUnknownNode(error: PromptError, prompt: JsonValue): PromptError {
  const nodeId = NODE_ID.exec(error.details)?.[1];
  if (error.type !== 'invalid_prompt' || nodeId === undefined || !isJsonObject(prompt))
    return error;
  const node = prompt[nodeId];
  const classType = isJsonObject(node) ? node['class_type'] : undefined;
  const meta = isJsonObject(node) ? node['_meta'] : undefined;
  const title = isJsonObject(meta) ? meta['title'] : undefined;
  const shown = typeof title === 'string' ? title : undefined;
  const message =
    typeof classType === 'string'
      ? `Node '${shown ?? classType}' not found. The custom node may not be installed.`
      : `Node '${shown ?? `ID #${nodeId}`}' has no class_type. The workflow may be corrupted or a custom node is missing.`;
  return {
    type: 'missing_node_type',
    message,
    details: error.details,
    extra_info: { node_id: nodeId, class_type: classType ?? null, node_title: shown ?? null },
  };
}
