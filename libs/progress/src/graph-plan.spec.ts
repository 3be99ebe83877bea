import { aPrompt } from '@gateway/testing';

import { neededBeside, planGraph } from './graph-plan';

describe('planGraph', () => {
  it('plans what the outputs ask for, and nothing else', () => {
    const graph = aPrompt().savedAs('x').withNode('9', 'EmptyImage', {}).build();
    const plan = planGraph(graph, ['2']);
    expect([...plan.nodes.keys()].sort()).toEqual(['1', '2']);
    expect(plan.totalWeight).toBe(2);
  });

  it('plans the whole graph when nobody knows its outputs', () => {
    const graph = aPrompt().withNode('9', 'EmptyImage', {}).build();
    expect([...planGraph(graph, []).nodes.keys()].sort()).toEqual(['1', '2', '9']);
  });

  it('lets a sampler weigh its steps', () => {
    const plan = planGraph(aPrompt().sampled({ steps: 20 }).build(), ['2']);
    expect(plan.nodes.get('13')).toMatchObject({ classType: 'KSampler', weight: 20 });
    expect(plan.totalWeight).toBe(25);
  });

  it.each([
    ['a part of the steps', { steps: 20, start_at_step: 5, end_at_step: 12 }, 7],
    ['steps to an end beyond the last', { steps: 20, start_at_step: 5, end_at_step: 10_000 }, 15],
    ['no steps', { steps: 20, start_at_step: 20, end_at_step: 20 }, 1],
    ['steps that another node tells', { steps: ['7', 0] }, 30],
    ['steps that nobody can tell', { steps: ['8', 0] }, 1],
  ])('weighs a sampler of %s', (_what, inputs, weight) => {
    const graph = aPrompt()
      .withNode('7', 'PrimitiveInt', { value: 30 })
      .withNode('8', 'RandomInt', {})
      .withNode('9', 'KSamplerAdvanced', inputs)
      .build();
    expect(planGraph(graph, ['9']).nodes.get('9')?.weight).toBe(weight);
  });

  it('gives the steps of a scheduler to the sampler that gets its sigmas', () => {
    const graph = aPrompt()
      .withNode('7', 'BasicScheduler', { steps: 28 })
      .withNode('8', 'SplitSigmas', { sigmas: ['7', 0], step: 4 })
      .withNode('9', 'SamplerCustomAdvanced', { sigmas: ['8', 1] })
      .build();
    const { nodes } = planGraph(graph, ['9']);
    expect(nodes.get('9')?.weight).toBe(28);
    expect(nodes.get('7')?.weight).toBe(1);
  });

  it('comes to an end in a graph that goes round', () => {
    const graph = {
      a: { class_type: 'X', inputs: { sigmas: ['b', 0] } },
      b: { class_type: 'X', inputs: { sigmas: ['a', 0] } },
    };
    expect(planGraph(graph, ['a']).totalWeight).toBe(2);
  });
});

describe('neededBeside', () => {
  it('goes no further than to a result from before', () => {
    const plan = planGraph(aPrompt().sampled().build(), ['2']);
    expect([...neededBeside(plan, new Set(['13']))].sort()).toEqual(['1', '10', '2']);
    expect([...neededBeside(plan, new Set(['1']))]).toEqual(['2']);
    expect([...neededBeside(plan, new Set(['2']))]).toEqual([]);
  });
});
