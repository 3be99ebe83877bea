import type { PromptGraph } from '@gateway/comfy-protocol';

import { DependencyCycleError, NodeSchedule } from './node.schedule';

const graph: PromptGraph = {
  load: { class_type: 'Load', inputs: {} },
  other: { class_type: 'Load', inputs: {} },
  blur: { class_type: 'Blur', inputs: { image: ['load', 0] } },
  mix: { class_type: 'Mix', inputs: { one: ['blur', 0], two: ['other', 0] } },
  save: { class_type: 'Save', inputs: { image: ['mix', 0] } },
  preview: { class_type: 'Save', inputs: { image: ['load', 0] } },
};

function orderOf(outputs: readonly string[], cached: readonly string[] = [], of = graph): string[] {
  const schedule = new NodeSchedule({
    graph: of,
    isCached: (nodeId) => cached.includes(nodeId),
    traitsOf: (classType) => ({
      isOutput: classType === 'Save',
      knowsItsId: false,
      outputIsList: [],
    }),
  });
  for (const output of outputs) schedule.add(output);
  const order: string[] = [];
  while (!schedule.isEmpty) {
    const nodeId = schedule.next();
    order.push(nodeId);
    schedule.complete(nodeId);
  }
  return order;
}

describe('NodeSchedule', () => {
  it('shows previews as early as it can', () => {
    expect(orderOf(['save', 'preview'])).toEqual([
      'load',
      'preview',
      'other',
      'blur',
      'mix',
      'save',
    ]);
  });

  it('leaves out what no output needs and what is cached', () => {
    expect(orderOf(['save'], ['mix'])).toEqual(['save']);
    expect(orderOf(['preview'])).toEqual(['load', 'preview']);
  });

  it('gives up on a cycle', () => {
    const cycle: PromptGraph = {
      a: { class_type: 'Mix', inputs: { x: ['b', 0] } },
      b: { class_type: 'Mix', inputs: { x: ['a', 0] } },
      s: { class_type: 'Save', inputs: { x: ['a', 0] } },
    };
    expect(() => orderOf(['s'], [], cycle)).toThrow(DependencyCycleError);
  });
});
