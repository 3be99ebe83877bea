import type { JsonValue, PromptGraph } from '@gateway/comfy-protocol';

import { carriesSalt, saltFilenames, type FilenameSalting } from './filename-salt';
import { someObjectInfo } from './testing/fake-engine';

function saving(inputs: Readonly<Record<string, JsonValue>>, classType = 'SaveImage'): PromptGraph {
  return { '2': { class_type: classType, inputs: { images: ['1', 0], ...inputs } } };
}

function prefixAfter(prompt: PromptGraph, salting: FilenameSalting = 'prepend') {
  return saltFilenames(prompt, 'job-1', salting, someObjectInfo)['2']?.inputs['filename_prefix'];
}

describe('saltFilenames', () => {
  it.each([
    ['ComfyUI', 'job-1_ComfyUI', 'job-1'],
    ['video/ComfyUI', 'video/job-1_ComfyUI', 'video/job-1'],
    ['a/b/c', 'a/b/job-1_c', 'a/b/job-1'],
    ['folder/', 'folder/job-1', 'folder/job-1'],
    ['', 'job-1', 'job-1'],
    ['%date:yyyy%_x', 'job-1_%date:yyyy%_x', 'job-1'],
  ])('makes of %j: %j prepended, %j replaced', (prefix, prepended, replaced) => {
    expect(prefixAfter(saving({ filename_prefix: prefix }), 'prepend')).toBe(prepended);
    expect(prefixAfter(saving({ filename_prefix: prefix }), 'replace')).toBe(replaced);
  });

  it("gives a saving node without a prefix its class's default, salted", () => {
    expect(prefixAfter(saving({}))).toBe('job-1_ComfyUI');
    expect(prefixAfter(saving({}, 'SaveVideo'))).toBe('video/job-1_ComfyUI');
    expect(prefixAfter(saving({}, 'SaveVideo'), 'replace')).toBe('video/job-1');
  });

  it('gives no prefix to a class that has none, known or not', () => {
    expect(prefixAfter(saving({}, 'LoadImage'))).toBeUndefined();
    expect(prefixAfter(saving({}, 'NobodyKnows'))).toBeUndefined();
  });

  it('salts a prefix of a class that nobody knows', () => {
    expect(prefixAfter(saving({ filename_prefix: 'x' }, 'NobodyKnows'))).toBe('job-1_x');
  });

  it('leaves a prefix alone that comes over a link', () => {
    expect(prefixAfter(saving({ filename_prefix: ['7', 0] }))).toEqual(['7', 0]);
  });

  it('leaves the graph it was given as it was, and everything else in it', () => {
    const prompt: PromptGraph = {
      '1': { class_type: 'EmptyImage', inputs: { width: 8 } },
      '2': {
        class_type: 'SaveImage',
        inputs: { images: ['1', 0], filename_prefix: 'x' },
        _meta: { title: 'Save' },
      },
    };
    const before = structuredClone(prompt);
    const salted = saltFilenames(prompt, 'job-1', 'prepend', someObjectInfo);
    expect(prompt).toEqual(before);
    expect(salted).toEqual({
      '1': prompt['1'],
      '2': {
        class_type: 'SaveImage',
        inputs: { images: ['1', 0], filename_prefix: 'job-1_x' },
        _meta: { title: 'Save' },
      },
    });
  });
});

describe('carriesSalt', () => {
  it.each([
    ['job-1_ComfyUI_00001_.png', true],
    ['job-1_00001_.png', true],
    ['job-12_ComfyUI_00001_.png', false],
    ['ComfyUI_job-1_00001_.png', false],
    ['job-1.png', false],
  ])("says whether %s is the job's own: %s", (filename, expected) => {
    expect(carriesSalt(filename, 'job-1')).toBe(expected);
  });
});
