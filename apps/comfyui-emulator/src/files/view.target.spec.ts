import type { Folders } from '../folders';
import { resolveView } from './view.target';

const folders: Folders = {
  base: '/c',
  input: '/c/input',
  output: '/c/output',
  temp: '/c/temp',
  models: '/c/models',
};

describe('resolveView', () => {
  it.each([
    ['filename=a.png', '/c/output/a.png'],
    ['filename=dir/a.png', '/c/output/a.png'],
    ['filename=a.png&type=input&subfolder=x/y', '/c/input/x/y/a.png'],
    ['filename=a.png [temp]&type=input', '/c/temp/a.png'],
  ])('finds %s at %s', (query, path) => {
    const target = resolveView(new URLSearchParams(query), folders);
    expect(target).toMatchObject({ outcome: 'file', path });
  });

  it.each([
    ['', 404],
    ['filename=', 400],
    ['filename=..', 400],
    ['filename=a.png&type=models', 400],
    ['filename=a.png&subfolder=../output2', 403],
    ['filename=a.png&subfolder=/etc', 403],
  ])('refuses %s with %i', (query, status) => {
    const target = resolveView(new URLSearchParams(query), folders);
    expect(target).toEqual({ outcome: 'refused', status });
  });
});
