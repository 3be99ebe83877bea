import { isJsonObject, type JsonValue } from '@gateway/comfy-protocol';

/**
 * Fails where ComfyUI's first walk over the nodes raises instead of refusing: a prompt that is no
 * object, or a node that is a number, a boolean or null and comes before the first refusal.
 *
 * @throws TypeError, answered with 500.
 */
export function assertWalkable(prompt: JsonValue): void {
  if (!isJsonObject(prompt)) throw new TypeError('prompt is not a dict');
  for (const node of Object.values(prompt)) {
    if (node === null || typeof node === 'number' || typeof node === 'boolean') {
      throw new TypeError(`argument of type '${String(node)}' is not iterable`);
    }
    const hasClass = isJsonObject(node) && 'class_type' in node;
    if (!hasClass) return;
  }
}
