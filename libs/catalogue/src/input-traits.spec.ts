import type { NodeClassInfo, ObjectInfo } from '@gateway/comfy-protocol';

import { inputConfig, isCoreClass } from './input-traits';

function classOf(input: NodeClassInfo['input'], module?: string): ObjectInfo {
  const info = { name: 'Thing', input, output: [], output_node: false };
  return { Thing: module === undefined ? info : { ...info, python_module: module } };
}

describe('inputConfig', () => {
  it('finds an input among the required and the optional ones', () => {
    const info = classOf({
      required: { width: ['INT', { min: 1 }] },
      optional: { mask: ['MASK'] },
    });
    expect(inputConfig(info, 'Thing', 'width')).toEqual(['INT', { min: 1 }]);
    expect(inputConfig(info, 'Thing', 'mask')).toEqual(['MASK']);
  });

  it('knows nothing of hidden inputs, unknown inputs and unknown classes', () => {
    const info = classOf({ hidden: { prompt: 'PROMPT' } });
    expect(inputConfig(info, 'Thing', 'prompt')).toBeUndefined();
    expect(inputConfig(info, 'Thing', 'width')).toBeUndefined();
    expect(inputConfig(info, 'Other', 'width')).toBeUndefined();
  });
});

describe('isCoreClass', () => {
  it.each([
    ['nodes', true],
    ['comfy_extras.nodes_video', true],
    ['comfy_api_nodes.nodes_openai', true],
    ['custom_nodes.ComfyUI-VideoHelperSuite', false],
    ['custom_nodes.comfy_extras.nodes', false],
    ['nodes_of_mine', false],
    ['comfy_extras_pack', false],
    [undefined, false],
  ])('python module %s: %s', (module, expected) => {
    expect(isCoreClass(classOf({}, module), 'Thing')).toBe(expected);
  });

  it('takes an unknown class for a custom one', () => {
    expect(isCoreClass({}, 'Thing')).toBe(false);
  });
});
