import type { HistoryEntry, JsonObject } from '@gateway/comfy-protocol';

import { readHistory } from './history.reading';
import { endingOf } from './run.facts';

const GRAPH = { a: { class_type: 'A', inputs: {} }, b: { class_type: 'B', inputs: {} } };

describe('readHistory', () => {
  it('judges by the messages when the status says otherwise', () => {
    expect(read('success', [['execution_error', { exception_message: 'a cycle' }]])).toMatchObject({
      outcome: 'failed',
      error: { exception_message: 'a cycle', prompt_id: 'p' },
    });
  });

  it('tells an interrupt from a failure', () => {
    const where = { node_id: '3', node_type: 'KSampler', executed: ['1'], timestamp: 9 };
    expect(read('error', [['execution_interrupted', where]])).toMatchObject({
      outcome: 'interrupted',
      at: { nodeId: '3', nodeType: 'KSampler' },
      timing: { endedAt: 9 },
    });
  });

  it('calls an error without a message a failure all the same', () => {
    expect(read('error', [])).toMatchObject({
      outcome: 'failed',
      error: { exception_message: 'ComfyUI did not say what failed' },
    });
  });

  it('takes start, end and cached nodes from the messages', () => {
    const ending = read('success', [
      ['execution_start', { timestamp: 100 }],
      ['execution_cached', { nodes: ['a'] }],
      ['execution_success', { timestamp: 350 }],
    ]);
    expect(ending).toMatchObject({
      outcome: 'succeeded',
      cachedNodes: ['a'],
      timing: { startedAt: 100, endedAt: 350 },
    });
  });

  it('shows the outputs of expanded nodes under the node the caller knows, in graph order', () => {
    const outputs = { 'b.0.1': { text: ['second'] }, a: { text: ['first'] } };
    const meta = { 'b.0.1': { display_node: 'b' }, a: { display_node: 'a' } };
    expect(read('success', [], { outputs, meta })).toMatchObject({
      outputs: [
        { nodeId: 'a', text: 'first' },
        { nodeId: 'b', text: 'second' },
      ],
    });
  });
});

function read(
  status: 'success' | 'error',
  messages: [string, JsonObject][],
  changes: Partial<HistoryEntry> = {},
): ReturnType<typeof endingOf> {
  const entry: HistoryEntry = {
    prompt: [1, 'p', GRAPH, {}, []],
    outputs: {},
    status: { status_str: status, completed: status === 'success', messages },
    ...changes,
  };
  const { terminal, facts } = readHistory('p', entry, { nodeStarts: {}, startedAt: undefined });
  return endingOf(terminal, facts, GRAPH, 1_000);
}
