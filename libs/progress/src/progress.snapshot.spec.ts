import { aPrompt } from '@gateway/testing';

import { planGraph } from './graph-plan';
import {
  applyProgress,
  beginProgress,
  type Progress,
  type ProgressFact,
} from './progress.snapshot';

/** A sampler of four steps (13) between four light nodes (10, 11, 12, 1) and the output (2). */
const plan = planGraph(aPrompt().sampled({ steps: 4 }).build(), ['2']);

function after(...facts: readonly ProgressFact[]): Progress {
  return facts.reduce(applyProgress, beginProgress(plan)).progress;
}

const began = (nodeId: string): ProgressFact => ({ type: 'executing', nodeId });
const at = (nodeId: string | undefined, value: number, max = 4): ProgressFact => ({
  type: 'progress',
  nodeId,
  value,
  max,
});

describe('the progress of an attempt', () => {
  it('begins at nothing', () => {
    expect(after()).toEqual({
      value: 0,
      nodes_done: 0,
      nodes_total: 6,
      current_node: null,
      current_node_class: null,
      step: null,
      steps: null,
      message: null,
    });
  });

  it('counts a node as done when the next one begins', () => {
    expect(after(began('10'), began('11'))).toMatchObject({
      value: 0.1111,
      nodes_done: 1,
      current_node: '11',
      current_node_class: 'CLIPTextEncode',
      step: null,
      message: 'CLIPTextEncode',
    });
  });

  it('weighs the steps of a sampler', () => {
    expect(after(began('10'), began('11'), began('12'), began('13'), at('13', 2))).toEqual({
      value: 0.5556,
      nodes_done: 3,
      nodes_total: 6,
      current_node: '13',
      current_node_class: 'KSampler',
      step: 2,
      steps: 4,
      message: 'KSampler 2/4',
    });
  });

  it('counts results from before as done, and what only they need', () => {
    expect(after({ type: 'cached', nodes: ['13'] })).toMatchObject({
      nodes_done: 3,
      nodes_total: 6,
    });
    expect(after({ type: 'cached', nodes: ['13', 'stranger'] }).value).toBe(0.6667);
  });

  it('counts an output node as done when it reports', () => {
    expect(after(began('2'), { type: 'executed', nodeId: '2' }).nodes_done).toBe(1);
  });

  it('is whole when the prompt succeeded, also where lazy inputs were never asked for', () => {
    expect(after(began('10'), { type: 'succeeded' })).toMatchObject({
      value: 1,
      nodes_done: 6,
      current_node: null,
      message: null,
    });
  });

  it('takes the steps of what a node expanded into for those of that node', () => {
    expect(after(began('13'), at('13.0.0.7', 1))).toMatchObject({ current_node: '13', step: 1 });
    expect(after(began('13'), at(undefined, 3))).toMatchObject({ current_node: '13', step: 3 });
  });

  it.each([
    ['steps that start again', [began('13'), at('13', 4), at('13', 1)]],
    ['a longer way than it seemed', [began('13'), at('13', 3), at('13', 4, 40)]],
    ['a node that waited for a lazy input', [began('1'), began('13'), at('13', 3), began('1')]],
    ['a node that reports after it was done', [began('13'), at('13', 3), began('1'), at('13', 1)]],
    ['a node told twice', [began('10'), began('10'), began('11'), began('10'), began('11')]],
    ['results told late', [began('13'), at('13', 4), { type: 'cached', nodes: ['10'] }]],
  ] satisfies [string, ProgressFact[]][])('never goes back over %s', (_what, facts) => {
    let snapshot = beginProgress(plan);
    for (const fact of facts) {
      const next = applyProgress(snapshot, fact);
      expect(next.progress.value).toBeGreaterThanOrEqual(snapshot.progress.value);
      expect(next.progress.nodes_done).toBeGreaterThanOrEqual(snapshot.progress.nodes_done);
      expect(next.progress.value).toBeLessThanOrEqual(1);
      snapshot = next;
    }
  });

  it.each([
    ['no maximum', at('13', 3, 0)],
    ['no number', at('13', NaN)],
    ['a node that nobody submitted', began('stranger')],
  ])('does not count %s', (_what, fact) => {
    expect(after(fact)).toMatchObject({ value: 0, nodes_done: 0, step: null });
  });

  it('keeps steps between nothing and all', () => {
    expect(after(at('13', -3))).toMatchObject({ value: 0, step: 0 });
    expect(after(at('13', 9))).toMatchObject({ value: 0.4444, step: 4, steps: 4 });
  });

  it('is the same when a fact changes nothing', () => {
    const snapshot = applyProgress(beginProgress(plan), began('10'));
    expect(applyProgress(snapshot, began('10'))).toBe(snapshot);
    expect(applyProgress(snapshot, { type: 'cached', nodes: [] })).toBe(snapshot);
  });
});
