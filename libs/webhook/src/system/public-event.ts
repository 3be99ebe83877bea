import { isJsonObject, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';
import type { EngineMessageReceived } from '@gateway/events';

/**
 * The data of an engine's message as the public may see it, in a copy: job ids for prompt ids, and a
 * queue that counts what waits in ours. `undefined` for news of a prompt that is not ours.
 */
export function publicData(
  { type, jobId, data }: EngineMessageReceived,
  queueDepth: () => number,
): JsonObject | undefined {
  const message = data as JsonObject;
  const promptId = message['prompt_id'];
  if (typeof promptId === 'string') {
    return jobId === undefined ? undefined : (withJobId(message, promptId, jobId) as JsonObject);
  }
  return type === 'status' ? statusOfBoth(message, queueDepth) : message;
}

/** Replaces the engine's id wherever a key says that it is one. */
function withJobId(value: JsonValue, promptId: string, jobId: string): JsonValue {
  if (Array.isArray(value)) {
    return value.map((item: JsonValue) => withJobId(item, promptId, jobId));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'prompt_id' && item === promptId ? jobId : withJobId(item, promptId, jobId),
    ]),
  );
}

/** Without the `sid` of the engine's connection, which is not the one that the public knows. */
function statusOfBoth({ sid: _sid, ...data }: JsonObject, queueDepth: () => number): JsonObject {
  const { status } = data;
  if (!isJsonObject(status) || !isJsonObject(status['exec_info'])) return data;
  const { exec_info } = status;
  const remaining = exec_info['queue_remaining'];
  if (typeof remaining !== 'number') return data;
  return {
    ...data,
    status: { ...status, exec_info: { ...exec_info, queue_remaining: remaining + queueDepth() } },
  };
}
