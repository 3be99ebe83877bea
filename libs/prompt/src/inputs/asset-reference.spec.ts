import type { PromptGraph } from '@gateway/comfy-protocol';

import { findAssets, withAssetNames } from './asset-reference';

const asset = (id: unknown) => ({ __type: 'core/ASSET', info: { id } });

const graph = {
  '1': { class_type: 'LoadImage', inputs: { image: asset('a') } },
  '2': { class_type: 'VHS_LoadImages', inputs: { directory: [asset('b'), 'c.png', asset('a')] } },
  '3': { class_type: 'Custom', inputs: { options: { deep: [{ file: asset('d') }] }, n: 1n } },
} as unknown as PromptGraph;

describe('references to assets', () => {
  it('are found anywhere in the inputs of nodes', () => {
    expect(findAssets(graph)).toEqual([
      { nodeId: '1', input: 'image', id: 'a' },
      { nodeId: '2', input: 'directory', id: 'b' },
      { nodeId: '2', input: 'directory', id: 'a' },
      { nodeId: '3', input: 'options', id: 'd' },
    ]);
  });

  it('without an id are found, too', () => {
    const broken = [asset(7), { __type: 'core/ASSET' }, { __type: 'core/ASSET', info: 'a' }];
    const inputs = Object.fromEntries(broken.map((value, index) => [`${index}`, value]));
    const found = findAssets({ '1': { class_type: 'X', inputs } } as unknown as PromptGraph);
    expect(found.map(({ id }) => id)).toEqual([undefined, undefined, undefined]);
  });

  it('give way to names, and what has none stays', () => {
    const before = structuredClone(graph);
    const named = withAssetNames(graph, (id) => (id === 'b' ? undefined : `${id}.png`));
    expect(named).toEqual({
      '1': { class_type: 'LoadImage', inputs: { image: 'a.png' } },
      '2': { class_type: 'VHS_LoadImages', inputs: { directory: [asset('b'), 'c.png', 'a.png'] } },
      '3': { class_type: 'Custom', inputs: { options: { deep: [{ file: 'd.png' }] }, n: 1n } },
    });
    expect(graph).toEqual(before);
  });

  it('cost a graph without them nothing', () => {
    const plain: PromptGraph = { '1': { class_type: 'X', inputs: { a: ['2', 0], b: { c: 1 } } } };
    expect(withAssetNames(plain, () => 'x')).toBe(plain);
  });
});
