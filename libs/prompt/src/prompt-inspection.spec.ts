import type { JsonValue, PromptGraph } from '@gateway/comfy-protocol';

import { inspectAgainst, inspectShape, refusal } from './prompt-inspection';
import { PromptRejectedError } from './prompt.errors';
import { someObjectInfo } from './testing/fake-engine';

const fine: PromptGraph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 8 } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
};

function rejectionBy(act: () => unknown): PromptRejectedError {
  try {
    act();
  } catch (error) {
    if (error instanceof PromptRejectedError) return error;
    throw error;
  }
  throw new Error('it was let through');
}

describe('inspectShape', () => {
  it('hands a graph back as it is', () => {
    expect(inspectShape(fine as unknown as JsonValue)).toBe(fine);
  });

  it.each<[string, JsonValue, string, string]>([
    ['a list', [], 'prompt.malformed', 'prompt'],
    ['an empty graph', {}, 'prompt.malformed', 'prompt'],
    ['the format of the editor', { nodes: [], links: [] }, 'prompt.ui_format', 'prompt'],
    [
      'a node without inputs',
      { '4': { class_type: 'EmptyImage' } },
      'prompt.malformed',
      'prompt.4.inputs',
    ],
    [
      'a link of the wrong shape',
      { '4': { class_type: 'SaveImage', inputs: { images: ['1'] } } },
      'prompt.malformed',
      'prompt.4.inputs.images',
    ],
    [
      'a prefix that leaves the folder',
      { '4': { class_type: 'SaveImage', inputs: { filename_prefix: '../x' } } },
      'prompt.unsafe_path',
      'prompt.4.inputs.filename_prefix',
    ],
    [
      'an absolute file',
      { '4': { class_type: 'LoadImage', inputs: { image: '/etc/passwd' } } },
      'prompt.unsafe_path',
      'prompt.4.inputs.image',
    ],
  ])('refuses %s and says where', (_what, prompt, code, location) => {
    expect(rejectionBy(() => inspectShape(prompt))).toMatchObject({ code, location });
  });

  it('knows more inputs that are files when the catalogue is known', () => {
    const info = {
      Odd: {
        ...someObjectInfo['LoadImage']!,
        input: { required: { picture: [['a.png'], { image_upload: true }] as const } },
      },
    };
    const prompt = { '1': { class_type: 'Odd', inputs: { picture: '../../x.png' } } };
    expect(inspectShape(prompt)).toBe(prompt);
    expect(rejectionBy(() => inspectShape(prompt, info)).code).toBe('prompt.unsafe_path');
  });
});

describe('inspectAgainst', () => {
  it('lets a graph through that ComfyUI would run', () => {
    expect(() => inspectAgainst(fine, someObjectInfo)).not.toThrow();
  });

  it("refuses what ComfyUI would refuse, in ComfyUI's words, and says where", () => {
    const prompt: PromptGraph = {
      ...fine,
      '1': { class_type: 'EmptyImage', inputs: { width: 0 } },
    };
    const rejection = rejectionBy(() => inspectAgainst(prompt, someObjectInfo));
    expect(rejection).toMatchObject({
      code: 'prompt.refused',
      location: 'prompt.1.inputs.width',
      nodeErrors: {
        '1': {
          class_type: 'EmptyImage',
          dependent_outputs: ['2'],
          errors: [{ type: 'value_smaller_than_min' }],
        },
      },
    });
    expect(rejection.message).toContain('Node 1 (EmptyImage): Value 0 smaller than min of 1');
  });

  it('refuses a graph of which only a part could run', () => {
    const prompt: PromptGraph = {
      ...fine,
      '3': { class_type: 'EmptyImage', inputs: { width: 1000 } },
      '4': { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'y' } },
    };
    const rejection = rejectionBy(() => inspectAgainst(prompt, someObjectInfo));
    expect(rejection.location).toBe('prompt.3.inputs.width');
    expect(Object.keys(rejection.nodeErrors ?? {})).toEqual(['3']);
  });

  it('names every node class that this ComfyUI lacks, and says what helps', () => {
    const prompt: PromptGraph = {
      ...fine,
      '7': { class_type: 'FancyUpscale', inputs: {} },
      '8': { class_type: 'FancyBlur', inputs: {} },
      '9': { class_type: 'FancyBlur', inputs: {} },
    };
    expect(rejectionBy(() => inspectAgainst(prompt, someObjectInfo))).toMatchObject({
      code: 'prompt.refused',
      location: 'prompt.7',
      message:
        "Cannot execute because node FancyUpscale does not exist. (Node ID '#7') " +
        'This ComfyUI has no node class "FancyUpscale", "FancyBlur": ' +
        'install the custom node that brings it into ComfyUI, and restart ComfyUI.',
    });
  });

  it('refuses a graph without an output', () => {
    const { '1': source } = fine;
    expect(rejectionBy(() => inspectAgainst({ '1': source! }, someObjectInfo))).toMatchObject({
      code: 'prompt.refused',
      location: 'prompt',
    });
  });

  it('leaves files that can be uploaded to ComfyUI', () => {
    const prompt: PromptGraph = {
      ...fine,
      '1': { class_type: 'LoadImage', inputs: { image: 'came-later.png' } },
    };
    expect(() => inspectAgainst(prompt, someObjectInfo)).not.toThrow();
  });

  it('leaves the bounds of a custom node to ComfyUI, but not those of a core node', () => {
    const prompt: PromptGraph = {
      ...fine,
      '1': { class_type: 'EmptyImage', inputs: { width: 65 } },
    };
    const custom = {
      ...someObjectInfo,
      EmptyImage: { ...someObjectInfo['EmptyImage']!, python_module: 'custom_nodes.big' },
    };
    expect(() => inspectAgainst(prompt, custom)).not.toThrow();
    expect(() => inspectAgainst(prompt, someObjectInfo)).toThrow(PromptRejectedError);
  });
});

describe('refusal', () => {
  const error = {
    type: 't',
    message: 'Prompt outputs failed validation',
    details: '',
    extra_info: {},
  };

  it('speaks of the nodes where ComfyUI does', () => {
    const nodeErrors = {
      '4': {
        class_type: 'KSampler',
        dependent_outputs: ['9'],
        errors: [
          { ...error, message: 'Value not in list', details: 'sampler_name: "x"' },
          { ...error, message: 'Required input is missing', details: '' },
        ],
      },
    };
    expect(refusal(error, nodeErrors)).toMatchObject({
      message:
        'Node 4 (KSampler): Value not in list (sampler_name: "x"); ' +
        'Node 4 (KSampler): Required input is missing',
      location: 'prompt.4',
      nodeErrors,
    });
  });

  it.each([
    { message: 'Cannot execute because node Fancy does not exist.', extra_info: {} },
    { message: "Node 'Mine' not found.", extra_info: { class_type: 'Fancy' } },
  ])('says what to install for %j', (told) => {
    expect(refusal({ ...error, ...told }, {}).message).toBe(
      `${told.message} This ComfyUI has no node class "Fancy": ` +
        'install the custom node that brings it into ComfyUI, and restart ComfyUI.',
    );
  });

  it('speaks of the prompt otherwise, with details that add something', () => {
    expect(refusal(error, {})).toMatchObject({ message: error.message, location: 'prompt' });
    expect(refusal({ ...error, details: 'node 7' }, {}).message).toBe(`${error.message} (node 7)`);
    expect(refusal({ ...error, details: error.message }, {}).message).toBe(error.message);
  });
});
