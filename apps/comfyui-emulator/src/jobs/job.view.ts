import {
  isJsonObject,
  readNodeUi,
  type HistoryEntry,
  type JsonObject,
  type JsonValue,
  type QueueItem,
} from '@gateway/comfy-protocol';

export const JOB_STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** A prompt as `/api/jobs` shows it; what is not known is left out. */
export interface Job {
  readonly id: string;
  readonly status: JobStatus;
  readonly priority: number;
  readonly create_time?: number;
  readonly execution_start_time?: number;
  readonly execution_end_time?: number;
  readonly execution_error?: JsonObject;
  readonly outputs_count: number;
  readonly preview_output?: JsonObject;
  readonly workflow_id?: string;
}

export function queuedJob(item: QueueItem, status: 'pending' | 'in_progress'): Job {
  return { ...factsOf(item), status, outputs_count: 0 };
}

export function finishedJob(entry: HistoryEntry): Job {
  const messages = entry.status?.messages ?? [];
  const dataOf = (type: string): JsonObject | undefined =>
    messages.find(([event]) => event === type)?.[1];
  const startedAt = numberIn(dataOf('execution_start'));
  const endedAt = numberIn(messages.at(-1)?.[1]);
  const error = dataOf('execution_error');
  return {
    ...factsOf(entry.prompt),
    status: statusOf(entry),
    ...(startedAt === undefined ? {} : { execution_start_time: startedAt }),
    ...(endedAt === undefined ? {} : { execution_end_time: endedAt }),
    ...(error === undefined ? {} : { execution_error: error }),
    ...summarise(entry),
  };
}

/** `GET /api/jobs/{id}` of a finished prompt: everything that is kept of it. */
export function jobDetails(entry: HistoryEntry): JsonObject {
  const [, , prompt, extra_data] = entry.prompt;
  return {
    ...finishedJob(entry),
    outputs: entry.outputs,
    execution_status: entry.status,
    workflow: { prompt, extra_data },
  } as unknown as JsonObject;
}

function statusOf(entry: HistoryEntry): JobStatus {
  const events = new Set((entry.status?.messages ?? []).map(([event]) => event));
  if (events.has('execution_interrupted')) return 'cancelled';
  return events.has('execution_error') ? 'failed' : 'completed';
}

function factsOf(item: QueueItem): Pick<Job, 'id' | 'priority' | 'create_time' | 'workflow_id'> {
  const [priority, id, , extraData] = item;
  const createTime = extraData['create_time'];
  const workflowId = memberOf(memberOf(extraData['extra_pnginfo'], 'workflow'), 'id');
  return {
    id,
    priority,
    ...(typeof createTime === 'number' ? { create_time: createTime } : {}),
    ...(typeof workflowId === 'string' ? { workflow_id: workflowId } : {}),
  };
}

/** Saved files are better previews than temporary ones. */
function summarise(entry: HistoryEntry): Pick<Job, 'outputs_count' | 'preview_output'> {
  const items = Object.entries(entry.outputs).flatMap(([nodeId, ui]) => readNodeUi(nodeId, ui));
  const files = items.filter((item) => item.kind === 'file');
  const preview = files.find(({ type }) => type === 'output') ?? files[0];
  if (preview === undefined) return { outputs_count: items.length };
  const { filename, subfolder, type, nodeId, key: mediaType } = preview;
  return {
    outputs_count: items.length,
    preview_output: { filename, subfolder, type, nodeId, mediaType },
  };
}

function numberIn(data: JsonObject | undefined): number | undefined {
  const timestamp = data?.['timestamp'];
  return typeof timestamp === 'number' ? timestamp : undefined;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
