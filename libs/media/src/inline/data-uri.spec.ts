import { declaredTypeOf } from './data-uri';

describe('declaredTypeOf', () => {
  it.each([
    ['data:image/png;base64,AAAA', 'image/png'],
    ['DATA:Image/PNG;base64,AAAA', 'image/png'],
    ['data:image/svg+xml,<svg/>', 'image/svg+xml'],
    ['data:model/gltf-binary;name=a.glb;base64,AAAA', 'model/gltf-binary'],
    ['data:;base64,AAAA', undefined],
    ['data:,hello', undefined],
    ['data:image;base64,AAAA', undefined],
    ['data:image/png', undefined],
    ['iVBORw0KGgo=', undefined],
    ['', undefined],
  ])('%j: %s', (value, type) => {
    expect(declaredTypeOf(value)).toBe(type);
  });
});
