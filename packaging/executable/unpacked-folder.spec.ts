import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Payload } from '../payload';
import { unpackedFolder } from './unpacked-folder';

describe('the unpacked folder', () => {
  let cache: string;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'gateway-cache-'));
  });

  afterEach(() => {
    rmSync(cache, { recursive: true, force: true });
  });

  const read = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

  it('has the files, named after the version and the content', () => {
    const folder = unpackedFolder(cache, aPayload());

    expect(folder).toBe(join(cache, '1.2.3-0123456789abcdef'));
    expect(read(folder, 'a/b.js')).toBe('first');
    expect(read(folder, 'empty')).toBe('');
    expect(read(folder, 'c.so')).toBe('second');
    expect(readdirSync(cache)).toEqual(['1.2.3-0123456789abcdef']);
  });

  it('is for its user alone, and so is a cache folder that had to be made', () => {
    const inner = join(cache, 'not', 'there');
    const folder = unpackedFolder(inner, aPayload());

    const modes = [inner, folder, join(folder, 'a')].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o700]);
    expect(statSync(join(folder, 'c.so')).mode & 0o777).toBe(0o600);
  });

  it('is not unpacked again', () => {
    const folder = unpackedFolder(cache, aPayload());
    expect(unpackedFolder(cache, unreadable())).toBe(folder);
  });

  it('keeps a library that was put in the place of ours', () => {
    const folder = unpackedFolder(cache, aPayload());
    writeFileSync(join(folder, 'c.so'), 'built by somebody else');

    unpackedFolder(cache, aPayload());

    expect(read(folder, 'c.so')).toBe('built by somebody else');
  });

  it.each<[string, (folder: string) => void]>([
    ['a file is missing', (folder) => rmSync(join(folder, 'a/b.js'))],
    ['a file is empty', (folder) => writeFileSync(join(folder, 'c.so'), '')],
    ['its marker is missing', (folder) => rmSync(join(folder, '.complete'))],
    ['its marker is cut off', (folder) => writeFileSync(join(folder, '.complete'), '0123')],
    [
      'it is no folder',
      (folder) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
    ],
  ])('is unpacked anew when %s', (_what, damage) => {
    const folder = unpackedFolder(cache, aPayload());
    damage(folder);

    unpackedFolder(cache, aPayload());

    expect([read(folder, 'a/b.js'), read(folder, 'c.so')]).toEqual(['first', 'second']);
    expect(readdirSync(cache)).toEqual(['1.2.3-0123456789abcdef']);
  });

  it('is that of another start which was quicker', () => {
    const slow = aPayload(() => {
      unpackedFolder(cache, aPayload());
      writeFileSync(join(cache, '1.2.3-0123456789abcdef', 'c.so'), 'the quicker one');
    });

    expect(read(unpackedFolder(cache, slow), 'c.so')).toBe('the quicker one');
    expect(readdirSync(cache)).toEqual(['1.2.3-0123456789abcdef']);
  });

  it('leaves nothing behind when unpacking fails', () => {
    expect(() => unpackedFolder(cache, unreadable())).toThrow('unreadable');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('takes what was killed midway along, but not what may still be at it', () => {
    const [old, young] = [join(cache, '.unfinished-old'), join(cache, '.unfinished-young')];
    for (const folder of [old, young]) mkdirSync(folder);
    writeFileSync(join(cache, 'yours'), '');
    const twoHoursAgo = Date.now() / 1000 - 7200;
    utimesSync(old, twoHoursAgo, twoHoursAgo);

    unpackedFolder(cache, aPayload());

    expect([old, young, join(cache, 'yours')].map((path) => existsSync(path))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it.each([
    ['is not a folder', () => (writeFileSync(join(cache, 'file'), ''), 'file')],
    ['is not a folder', () => (writeFileSync(join(cache, 'file'), ''), 'file/inside')],
    ['cannot be made', () => '../../../../../../proc/cache'],
  ])('names the variable when the cache folder %s', (problem, make) => {
    const folder = join(cache, make());
    expect(() => unpackedFolder(folder, aPayload())).toThrow(
      `The cache folder ${folder} ${problem}: name another with COMFYUI_GATEWAY_CACHE_DIR.`,
    );
  });

  const isRoot = process.geteuid?.() === 0;
  (isRoot ? it : it.skip)('is not trusted when it belongs to somebody else', () => {
    const folder = unpackedFolder(cache, aPayload());
    chownSync(folder, 12_345, 12_345);
    expect(() => unpackedFolder(cache, aPayload())).toThrow(
      `The cache folder ${folder} belongs to another user: name another with COMFYUI_GATEWAY_CACHE_DIR.`,
    );
  });
});

/** Three files; `beforehand` happens while they are read. */
function aPayload(beforehand: () => void = () => undefined): Payload {
  const index = {
    version: '1.2.3',
    hash: '0123456789abcdef0123456789abcdef',
    files: [
      { path: 'a/b.js', bytes: 5 },
      { path: 'empty', bytes: 0 },
      { path: 'c.so', bytes: 6 },
    ],
  };
  return {
    index,
    content: () => {
      beforehand();
      return Buffer.from('firstsecond');
    },
  };
}

function unreadable(): Payload {
  return aPayload(() => {
    throw new Error('unreadable');
  });
}
