import type { JsonValue } from './json';
import type { ObjectInfo } from './object-info';
import { findUnsafePath } from './unsafe-paths';

function find(
  class_type: string,
  inputs: Readonly<Record<string, JsonValue>>,
  objectInfo?: ObjectInfo,
): ReturnType<typeof findUnsafePath> {
  return findUnsafePath({ '7': { class_type, inputs } }, objectInfo);
}

describe('findUnsafePath', () => {
  it.each([
    '../../etc/passwd',
    'a/../../b.png',
    'a\\..\\..\\b.png',
    '.. /b.png',
    '..',
    '../b.png [output]',
    '..[output]',
    '/etc/passwd',
    '\\\\server\\share\\a.png',
    '//server/share/a.png',
    'C:\\a.png',
    'c:a.png',
    'a.png\0.txt',
    `/etc${'/'.repeat(60)}passwd`,
    `/etc/${'/'.repeat(60)} x`,
    `//tmp/${'a'.repeat(60)}`,
    'data:,/../../etc/passwd',
    'https://x/../../../etc/passwd',
  ])('finds %p in a file input', (image) => {
    expect(find('LoadImage', { image })).toMatchObject({
      nodeId: '7',
      input: 'image',
      value: image,
    });
  });

  it.each([
    'a.png',
    'sub/folder/a.png [output]',
    'a..b.png',
    'a/./b.png',
    'Ünï cödé (1).png',
    '',
    'data:image/png;base64,/9j/4AAQ',
    'https://example.com/a/../b.png',
    `/9j/4AAQ${'A'.repeat(60)}==`,
    `/9j/4AAQSkZJRgABAQ//${'A/'.repeat(60)}==`,
    `iVBORw0KGgo//${'A/'.repeat(60)}==`,
  ])('has nothing against %p in a file input', (image) => {
    expect(find('LoadImage', { image })).toBeUndefined();
  });

  it('takes a path that is spelt in base64 letters for a path', () => {
    const file = `/etc${'/'.repeat(60)}passwd`;
    expect(find('LoadLatent', { latent: file })).toBeDefined();
    expect(find('VHS_LoadVideo', { video: file })).toBeDefined();
  });

  it('takes a short text for a path even if it could be base64', () => {
    expect(find('LoadImage', { image: '/9j/4AAQ' })).toBeDefined();
  });

  it.each(['../x', 'a/../../x', '/x', 'C:x', 'a\0', 'images/a..b', 'x..', '..x'])(
    'finds %p in a prefix',
    (filename_prefix) => {
      expect(find('SaveImage', { filename_prefix })).toMatchObject({ input: 'filename_prefix' });
    },
  );

  it.each(['ComfyUI', 'v1..v2/ComfyUI', '%year%-%month%/x', 'a.b', ''])(
    'has nothing against %p in a prefix',
    (filename_prefix) => {
      expect(find('SaveImage', { filename_prefix })).toBeUndefined();
    },
  );

  it.each([
    ['VHS_LoadVideo', 'video'],
    ['VHS_LoadVideoPath', 'video'],
    ['VHS_LoadImagesPath', 'directory'],
    ['VHS_LoadAudio', 'audio_file'],
    ['LoadLatent', 'latent'],
    ['Load3D', 'model_file'],
    ['easy loadImageBatch', 'path'],
    ['ImageMaskLoader', 'mask'],
  ])('knows without object_info that %s has a file in %s', (classType, input) => {
    for (const value of ['../a', '/etc/passwd', `/etc${'/'.repeat(60)}passwd`]) {
      expect(find(classType, { [input]: value })).toMatchObject({ input, value });
    }
    expect(find(classType, { [input]: 'sub/a.mp4' })).toBeUndefined();
  });

  it('looks into wrapped values', () => {
    expect(find('LoadImage', { image: { __value__: '../a' } })?.value).toBe('../a');
    expect(find('LoadImage', { image: { __value__: ['ok', '../a'] } })?.value).toBe('../a');
  });

  it('leaves links and texts of other inputs alone', () => {
    expect(find('LoadImage', { image: ['../1', 0], text: '../x' })).toBeUndefined();
    expect(find('CLIPTextEncode', { text: '/imagine ../x', image: '../x' })).toBeUndefined();
  });

  it('learns from object_info which inputs are files', () => {
    const upload = (options: Readonly<Record<string, JsonValue>>): ObjectInfo => ({
      MyLoader: {
        name: 'MyLoader',
        input: { required: {}, optional: { clip: [['a'], options] } },
        output: [],
        output_node: false,
      },
    });
    const inputs = { clip: '../a' };
    expect(find('MyLoader', inputs, upload({ image_upload: true }))).toBeDefined();
    expect(find('MyLoader', inputs, upload({ model_upload: true }))).toBeDefined();
    expect(find('MyLoader', inputs, upload({ upload: true }))).toBeDefined();
    expect(find('MyLoader', inputs, upload({ image_upload: false }))).toBeUndefined();
    const disguised = { clip: `/etc${'/'.repeat(60)}passwd` };
    expect(find('MyLoader', disguised, upload({ image_upload: true }))).toBeDefined();
    expect(find('constructor', inputs, upload({}))).toBeUndefined();
  });

  it('decides on megabytes at once', () => {
    expect(find('LoadImage', { image: 'A+/='.repeat(5e6) })).toBeUndefined();
    expect(find('LoadImage', { image: ' '.repeat(5e6) + '[' })).toBeUndefined();
    const uri = `data:image/png;base64,${'A/'.repeat(15e6)}`;
    expect(find('LoadImage', { image: uri })).toBeUndefined();
  });
});
