import {
  directoryItems,
  directoryNaming,
  isUploadInput,
  isWellKnownFileInput,
  textsOf,
  uploadKind,
  type UploadKind,
} from './file-inputs';
import type { InputConfig, NodeClassInfo, ObjectInfo } from './object-info';

describe('uploadKind', () => {
  const classOf = (input: NodeClassInfo['input']): ObjectInfo => ({
    Thing: { name: 'Thing', input, output: [], output_node: false },
  });

  it.each<[string, InputConfig, UploadKind | undefined]>([
    ['an image', [['a.png'], { image_upload: true }], 'image'],
    ['an audio file', [['a.flac'], { audio_upload: true }], 'audio'],
    ['a video of the third node generation', ['COMBO', { video_upload: true }], 'video'],
    ['a 3D model', ['COMBO', { file_upload: true }], 'any'],
    ['any file', ['FILE', { upload: true }], 'any'],
    ['a switched-off upload', [['a.png'], { image_upload: false }], undefined],
    ['what only sounds like it', [['a'], { upload_to: true, image_uploads: true }], undefined],
    ['a list of choices', [['a.png']], undefined],
    ['a text', ['STRING', { multiline: true }], undefined],
  ])('judges %s by its own options', (_what, config, expected) => {
    for (const input of [{ required: { file: config } }, { optional: { file: config } }]) {
      expect(uploadKind(classOf(input), 'Thing', 'file')).toBe(expected);
      expect(isUploadInput(classOf(input), 'Thing', 'file')).toBe(expected !== undefined);
    }
  });

  it('knows nothing of what nobody declared', () => {
    expect(uploadKind({}, 'Thing', 'file')).toBeUndefined();
    expect(uploadKind({}, 'constructor', 'name')).toBeUndefined();
  });
});

describe('isWellKnownFileInput', () => {
  it.each([
    ['LoadImage', 'image', true],
    ['VHS_LoadImagesPath', 'directory', true],
    ['LoadAudio', 'audio', true],
    ['LoadLatent', 'latent', true],
    ['SaveImage', 'image', false],
    ['LoadImage', 'strength', false],
  ])('of %s %s: %p', (classType, input, expected) => {
    expect(isWellKnownFileInput(classType, input)).toBe(expected);
  });
});

describe('directoryItems', () => {
  it('are the texts of an array where a folder is named', () => {
    expect(directoryItems('VHS_LoadImages', 'directory', ['a.png', 'b.png'])).toEqual([
      'a.png',
      'b.png',
    ]);
    expect(directoryItems('VHS_LoadImagesPath', 'directory', ['a.png'])).toEqual(['a.png']);
  });

  it.each([
    ['a name', 'VHS_LoadImages', 'directory', 'frames'],
    ['a link', 'VHS_LoadImages', 'directory', ['1', 0]],
    ['an empty array', 'VHS_LoadImages', 'directory', []],
    ['another input', 'VHS_LoadImages', 'image', ['a.png']],
    ['another class', 'LoadImage', 'directory', ['a.png']],
  ])('are not in %s', (_what, classType, input, value) => {
    expect(directoryItems(classType, input, value)).toBeUndefined();
  });

  it('become a name for one class and a path for the other', () => {
    expect(directoryNaming('VHS_LoadImages')).toBe('name');
    expect(directoryNaming('VHS_LoadImagesPath')).toBe('path');
  });
});

describe('textsOf', () => {
  it('finds a text, wrapped or not, and the texts of a wrapped list', () => {
    expect(textsOf('a')).toEqual(['a']);
    expect(textsOf({ __value__: 'a' })).toEqual(['a']);
    expect(textsOf({ __value__: ['a', 1, 'b'] })).toEqual(['a', 'b']);
    expect(textsOf(['a', 0])).toEqual([]);
    expect(textsOf(null)).toEqual([]);
  });
});
