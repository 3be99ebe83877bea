import {
  comboOptions,
  isUploadInput,
  type InputConfig,
  type NodeClassInfo,
  type ObjectInfo,
} from './object-info';

describe('comboOptions', () => {
  it('reads both generations of combos', () => {
    expect(comboOptions([['a', 'b']])).toEqual(['a', 'b']);
    expect(comboOptions(['COMBO', { options: ['a'], multiselect: false }])).toEqual(['a']);
  });

  it('is undefined for every other type', () => {
    expect(comboOptions(['INT', { options: ['a'] }])).toBeUndefined();
    expect(comboOptions(['COMBO', { remote: { route: '/x' } }])).toBeUndefined();
    expect(comboOptions(['COMBO'])).toBeUndefined();
  });
});

describe('isUploadInput', () => {
  const classOf = (input: NodeClassInfo['input']): ObjectInfo => ({
    Thing: { name: 'Thing', input, output: [], output_node: false },
  });

  it.each<[string, InputConfig, boolean]>([
    ['an image', [['a.png'], { image_upload: true }], true],
    ['an audio file', [['a.flac'], { audio_upload: true }], true],
    ['a video of the third node generation', ['COMBO', { video_upload: true }], true],
    ['any file', ['FILE', { upload: true }], true],
    ['a switched-off upload', [['a.png'], { image_upload: false }], false],
    [
      'an option that only sounds like it',
      [['a'], { upload_to: true, image_uploads: true }],
      false,
    ],
    ['a list of choices', [['a.png']], false],
    ['a text', ['STRING', { multiline: true }], false],
  ])('judges %s by its own options', (_what, config, expected) => {
    expect(isUploadInput(classOf({ required: { file: config } }), 'Thing', 'file')).toBe(expected);
    expect(isUploadInput(classOf({ optional: { file: config } }), 'Thing', 'file')).toBe(expected);
  });

  it('is false for what nobody declared', () => {
    expect(isUploadInput({}, 'Thing', 'file')).toBe(false);
  });
});
