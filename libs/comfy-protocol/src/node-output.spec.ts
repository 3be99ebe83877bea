import { readNodeUi } from './node-output';

describe('readNodeUi', () => {
  it('finds files under any key', () => {
    const image = { filename: 'a.png', subfolder: 'x\\y', type: 'output' };
    const gif = { filename: 'a.mp4', type: 'temp', format: 'video/h264-mp4' };
    expect(readNodeUi('3', { images: [image], animated: [true], gifs: gif })).toEqual([
      { kind: 'file', nodeId: '3', key: 'images', ...image, subfolder: 'x/y' },
      { kind: 'file', nodeId: '3', key: 'gifs', filename: 'a.mp4', subfolder: '', type: 'temp' },
    ]);
  });

  it('takes a file that names no place for a saved one', () => {
    expect(readNodeUi('3', { files: [{ filename: 'a.ply' }] })).toEqual([
      { kind: 'file', nodeId: '3', key: 'files', filename: 'a.ply', subfolder: '', type: 'output' },
    ]);
  });

  it('finds texts under `text` only', () => {
    expect(readNodeUi('1', { text: ['a', 'b'], other: ['c'] })).toEqual([
      { kind: 'text', nodeId: '1', key: 'text', text: 'a' },
      { kind: 'text', nodeId: '1', key: 'text', text: 'b' },
    ]);
  });

  it.each([{}, { type: null }, { type: '' }])('takes %j for an output', (type) => {
    expect(readNodeUi('1', { images: [{ filename: 'a.png', ...type }] })).toEqual([
      {
        kind: 'file',
        nodeId: '1',
        key: 'images',
        filename: 'a.png',
        subfolder: '',
        type: 'output',
      },
    ]);
  });

  it.each([
    ['mesh.glb', '', 'mesh.glb'],
    ['3d/a/mesh_00001_.GLB', '3d/a', 'mesh_00001_.GLB'],
    ['3d\\a..b\\mesh.obj', '3d/a..b', 'mesh.obj'],
  ])('finds the 3D model %p, which Preview3D reports as a path', (path, subfolder, filename) => {
    expect(readNodeUi('1', { result: [path, { position: [0] }] })).toEqual([
      { kind: 'file', nodeId: '1', key: 'result', filename, subfolder, type: 'output' },
    ]);
  });

  it.each([
    '/tmp/mesh.glb',
    '\\\\server\\mesh.glb',
    'C:\\mesh.glb',
    '../mesh.glb',
    'a\\..\\..\\mesh.glb',
    'a\0.glb',
    '.glb',
    'mesh',
    '',
    'Done in 3.5 s, see example.com',
  ])('does not take the result %p for a file', (path) => {
    expect(readNodeUi('1', { result: [path, null] })).toEqual([]);
  });

  it('ignores what is not a file of ComfyUI', () => {
    const strange = [
      null,
      5,
      [],
      { filename: '', type: 'output' },
      { filename: 5, type: 'output' },
      { filename: 'a', type: 'other' },
    ];
    expect(readNodeUi('1', { images: strange, nothing: null })).toEqual([]);
    expect(readNodeUi('1', null)).toEqual([]);
  });
});
