import { fileKey, outputTypeOf, selectOutputs } from './output-selection';
import { aFile, aText } from './testing/fake-engine';

const saved = aFile('a.png');
const preview = aFile('preview.png', { type: 'temp' });
const echo = aFile('input.png', { type: 'input' });
const text = aText('a cat');

describe('selectOutputs', () => {
  it('takes every saved file and every text, in the order they stand', () => {
    const other = aFile('b.mp4', { key: 'gifs' });
    expect(selectOutputs([text, saved, preview, echo, other])).toEqual([text, saved, other]);
  });

  it('takes previews when nothing was saved', () => {
    expect(selectOutputs([echo, preview, text])).toEqual([preview, text]);
  });

  it('takes echoes of inputs when there is nothing else', () => {
    expect(selectOutputs([echo])).toEqual([echo]);
  });

  it('takes texts alone', () => {
    expect(selectOutputs([text])).toEqual([text]);
    expect(selectOutputs([])).toEqual([]);
  });
});

describe('fileKey', () => {
  it('is one for two reports of one file, whatever node reports it', () => {
    expect(fileKey(aFile('a.png', { nodeId: '2', key: 'images' }))).toBe(
      fileKey(aFile('a.png', { nodeId: '5', key: 'gifs' })),
    );
  });

  it('is another for another folder, type or name', () => {
    const keys = [
      aFile('a.png'),
      aFile('b.png'),
      aFile('a.png', { subfolder: 'x' }),
      aFile('a.png', { type: 'temp' }),
    ].map(fileKey);
    expect(new Set(keys).size).toBe(4);
  });
});

describe('outputTypeOf', () => {
  it.each([
    ['image/png', 'a.png', 'image'],
    ['video/mp4', 'a.mp4', 'video'],
    ['audio/flac', 'a.flac', 'audio'],
    ['text/plain', 'a.txt', 'text'],
    ['application/octet-stream', 'a.latent', 'latent'],
    ['application/octet-stream', 'a.bin', 'file'],
    ['model/gltf-binary', 'a.glb', 'file'],
  ])('%s, %s: %s', (contentType, filename, type) => {
    expect(outputTypeOf(contentType, filename)).toBe(type);
  });
});
