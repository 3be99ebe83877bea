import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pack } from './pack';

describe('a payload', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-pack-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (path: string, text: string) => {
    const source = join(folder, path);
    writeFileSync(source, text);
    return { path: `in/${path}`, source };
  };

  it('is its files, one behind the other, with their paths and their lengths in bytes', () => {
    const { index, content } = pack('1.2.3', [file('a', 'größer'), file('b', ''), file('c', '2')]);

    expect(index).toMatchObject({
      version: '1.2.3',
      files: [
        { path: 'in/a', bytes: 8 },
        { path: 'in/b', bytes: 0 },
        { path: 'in/c', bytes: 1 },
      ],
    });
    expect(content().toString()).toBe('größer2');
  });

  it('has the hash of what is in it, wherever it came from', () => {
    const hashOf = (...files: Parameters<typeof pack>[1]) => pack('1.2.3', files).index.hash;
    const hash = hashOf(file('a', 'one'), file('b', 'two'));

    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf(file('a', 'one'), file('b', 'two'))).toBe(hash);
    expect(hashOf(file('a', 'one'), file('b', 'owt'))).not.toBe(hash);
    expect(hashOf(file('a', 'onet'), file('b', 'wo'))).not.toBe(hash);
    expect(hashOf(file('a', 'one'), file('c', 'two'))).not.toBe(hash);
  });
});
