import { contentFamily } from './content-family';

describe('contentFamily', () => {
  it.each([
    ['image/png', 'image'],
    ['Image/JPEG; q=1', 'image'],
    ['video/mp4', 'video'],
    ['audio/mpeg', 'audio'],
    ['model/gltf-binary', 'model'],
    ['application/zip', 'other'],
    ['imagery/png', 'other'],
    ['', 'other'],
  ])('%j: %s', (contentType, family) => {
    expect(contentFamily(contentType)).toBe(family);
  });
});
