import {
  isJsonObject,
  type ExecutionError,
  type HistoryEntry,
  type JsonObject,
  type JsonValue,
  type NodeId,
} from '@gateway/comfy-protocol';

import type { NodeResult, RunFacts, TerminalMessage } from './run.facts';

/** What a history entry says about a run. */
export interface HistoryReading {
  readonly terminal: TerminalMessage;
  readonly facts: RunFacts;
}

/**
 * Reads a history entry. The messages decide, not `status_str`: an interrupt is an "error" there,
 * and a cycle found while executing can be a "success".
 *
 * The history does not say when nodes began; `seen` fills in what events told before.
 */
export function readHistory(
  promptId: string,
  entry: HistoryEntry,
  seen: Pick<RunFacts, 'nodeStarts' | 'startedAt'>,
): HistoryReading {
  const messages = entry.status?.messages ?? [];
  const dataOf = (type: string): JsonObject | undefined =>
    messages.find(([name]) => name === type)?.[1];
  const started = dataOf('execution_start');
  return {
    terminal: terminalOf(promptId, entry, dataOf),
    facts: {
      startedAt: timestampOf(started).timestamp ?? seen.startedAt,
      cachedNodes: strings(dataOf('execution_cached')?.['nodes']),
      nodeStarts: seen.nodeStarts,
      results: Object.entries(entry.outputs).map(([node, ui]): NodeResult => {
        return { nodeId: displayNodeOf(node, entry), ui };
      }),
    },
  };
}

function terminalOf(
  promptId: string,
  entry: HistoryEntry,
  dataOf: (type: string) => JsonObject | undefined,
): TerminalMessage {
  const interrupted = dataOf('execution_interrupted');
  if (interrupted !== undefined) {
    const data = {
      prompt_id: promptId,
      node_id: text(interrupted['node_id']),
      node_type: text(interrupted['node_type']),
      executed: strings(interrupted['executed']),
      ...timestampOf(interrupted),
    };
    return { type: 'execution_interrupted', data };
  }
  const failed = dataOf('execution_error');
  if (failed !== undefined || (entry.status?.status_str === 'error' && !entry.status.completed)) {
    return { type: 'execution_error', data: executionError(promptId, failed ?? {}) };
  }
  const succeeded = dataOf('execution_success');
  return {
    type: 'execution_success',
    data: { prompt_id: promptId, ...timestampOf(succeeded) },
  };
}

function executionError(promptId: string, data: JsonObject): ExecutionError {
  return {
    ...data,
    prompt_id: promptId,
    node_id: text(data['node_id']),
    node_type: text(data['node_type']),
    executed: strings(data['executed']),
    exception_message: text(data['exception_message']) || 'ComfyUI did not say what failed',
    exception_type: text(data['exception_type']),
    traceback: strings(data['traceback']),
  };
}

/** Nodes made by expanding another run under ids like `1.0.0.3`; callers know only the other one. */
function displayNodeOf(node: NodeId, entry: HistoryEntry): NodeId {
  const meta = entry.meta?.[node];
  const display = isJsonObject(meta) ? meta['display_node'] : undefined;
  return typeof display === 'string' ? display : node;
}

function timestampOf(data: JsonObject | undefined): { readonly timestamp?: number } {
  const timestamp = data?.['timestamp'];
  return typeof timestamp === 'number' ? { timestamp } : {};
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: JsonValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string');
}
