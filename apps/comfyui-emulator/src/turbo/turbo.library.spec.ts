import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NodeClassInfo } from '@gateway/comfy-protocol';

import type { Folders } from '../folders';
import { nodeClasses } from '../nodes/node-library';
import { TurboLibrary } from './turbo.library';

describe('TurboLibrary', () => {
  let base: string;
  let library: TurboLibrary;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'turbo-library-'));
    const folder = (name: string): string => {
      mkdirSync(join(base, name), { recursive: true });
      return join(base, name);
    };
    const folders = {
      base,
      models: folder('models'),
      input: folder('input'),
      output: folder('output'),
      temp: folder('temp'),
    } satisfies Folders;
    library = new TurboLibrary(nodeClasses, folders, undefined, () => true);
  });
  afterEach(() => rmSync(base, { recursive: true }));

  const choicesOf = (classType: string, input: string): unknown =>
    (library.describeKnown(classType) as NodeClassInfo).input.required?.[input]?.[0];

  it('describes a class as it was a moment ago', () => {
    const described = library.describeKnown('KSampler');
    expect(described).toMatchObject({ name: 'KSampler' });
    expect(library.describeKnown('KSampler')).toBe(described);
  });

  it('knows a file that a client has uploaded at once', () => {
    expect(choicesOf('LoadImage', 'image')).toEqual([]);
    writeFileSync(join(base, 'input', 'new.png'), '');
    expect(choicesOf('LoadImage', 'image')).toEqual(['new.png']);
  });

  it('has no class that nobody wrote', () => {
    expect(library.describeKnown('Unheard')).toBeUndefined();
  });
});
