import type { QueueItem } from '@gateway/comfy-protocol';

import { PromptHeap } from './prompt.heap';

function item(number: number, id: string): QueueItem {
  return [number, id, {}, {}, []];
}

function idsOf(items: readonly QueueItem[]): string[] {
  return items.map(([, id]) => id);
}

function heapOf(...items: QueueItem[]): PromptHeap {
  const heap = new PromptHeap();
  for (const one of items) heap.push(one);
  return heap;
}

describe('PromptHeap', () => {
  it('gives items by number, then by id', () => {
    const heap = heapOf(item(2, 'c'), item(0, 'b'), item(-1, 'z'), item(0, 'a'));
    const order = Array.from({ length: 4 }, () => heap.pop()?.[1]);
    expect(order).toEqual(['z', 'a', 'b', 'c']);
    expect(heap.pop()).toBeUndefined();
  });

  it("lies as Python's heapq lies", () => {
    // heapq.heappush of 5, 1, 4, 0, 3, then one heappop.
    const heap = heapOf(...[5, 1, 4, 0, 3].map((number) => item(number, String(number))));
    expect(idsOf(heap.list())).toEqual(['0', '1', '4', '5', '3']);
    heap.pop();
    expect(idsOf(heap.list())).toEqual(['1', '3', '4', '5']);
  });

  it('restores its order when an item is taken out of the middle', () => {
    const heap = heapOf(...[0, 4, 1, 5, 6, 2].map((number) => item(number, String(number))));
    expect(heap.remove('4')?.[0]).toBe(4);
    expect(heap.remove('unknown')).toBeUndefined();
    expect(Array.from({ length: 5 }, () => heap.pop()?.[0])).toEqual([0, 1, 2, 5, 6]);
  });
});
