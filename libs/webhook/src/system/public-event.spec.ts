import { publicData } from './public-event';

const ours = { engineId: 'engine-1', jobId: 'order-1' };
const noQueue = (): number => 0;

describe('publicData', () => {
  it('shows the job id for the prompt id, and leaves the message as it was', () => {
    const data = { node: '3', prompt_id: 'p-1', output: { text: ['p-1'], seed: 2n ** 64n } };
    const before = structuredClone(data);
    const shown = publicData({ ...ours, type: 'executed', data }, noQueue);
    expect(shown).toEqual({ ...before, prompt_id: 'order-1' });
    expect(Object.keys(shown ?? {})).toEqual(['node', 'prompt_id', 'output']);
    expect(data).toEqual(before);
  });

  it('does so in every node of a progress state, and wherever else the id is nested', () => {
    const node = (prompt_id: string): object => ({ value: 1, max: 2, node_id: '3', prompt_id });
    const data = {
      prompt_id: 'p-1',
      nodes: { '3': node('p-1'), '4': node('p-1') },
      list: [{ prompt_id: 'p-1' }, { prompt_id: 'p-other' }, null],
      said: 'p-1',
    };
    expect(publicData({ ...ours, type: 'progress_state', data }, noQueue)).toEqual({
      prompt_id: 'order-1',
      nodes: { '3': node('order-1'), '4': node('order-1') },
      list: [{ prompt_id: 'order-1' }, { prompt_id: 'p-other' }, null],
      said: 'p-1',
    });
  });

  it("leaves out strangers' prompts", () => {
    const data = { prompt_id: 'p-2', node: '3' };
    expect(publicData({ engineId: 'engine-1', type: 'executing', data }, noQueue)).toBeUndefined();
  });

  it('adds what waits in our queue to the status, and drops the sid of the engine', () => {
    const data = { status: { exec_info: { queue_remaining: 2, x: 1 }, y: 2 }, sid: 'engine-sid' };
    const before = structuredClone(data);
    const shown = publicData({ engineId: 'engine-1', type: 'status', data }, () => 40);
    expect(shown).toEqual({ status: { exec_info: { queue_remaining: 42, x: 1 }, y: 2 } });
    expect(data).toEqual(before);
  });

  it('shows a status of another shape as it is', () => {
    for (const data of [
      {},
      { status: null },
      { status: { exec_info: { queue_remaining: 'x' } } },
    ]) {
      expect(publicData({ engineId: 'e', type: 'status', data }, () => 1)).toEqual(data);
    }
  });

  it('keeps a key called __proto__ a key', () => {
    const data = JSON.parse('{"prompt_id":"p-1","output":{"__proto__":{"a":1}}}') as object;
    const shown = publicData({ ...ours, type: 'executed', data: { ...data } }, noQueue);
    expect(JSON.stringify(shown)).toBe('{"prompt_id":"order-1","output":{"__proto__":{"a":1}}}');
  });
});
