import { ResultCache, type CacheKeys } from './result.cache';

const keys = (...names: string[]): CacheKeys => new Map(names.map((name) => [name, name]));
const record = { outputs: [] };

describe('ResultCache', () => {
  it('classic: keeps what the present prompt uses', () => {
    const cache = new ResultCache({ kind: 'classic' });
    cache.set('a', record);
    cache.set('b', record);
    cache.keepFor(keys('a'));
    expect([cache.get('a'), cache.get('b')]).toEqual([record, undefined]);
  });

  it('lru: drops what was not used for longest', () => {
    const cache = new ResultCache({ kind: 'lru', size: 2 });
    for (const key of ['a', 'b', 'c']) cache.set(key, record);
    cache.keepFor(keys('a'));
    expect(['a', 'b', 'c'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c']);
  });

  it('none: starts every prompt from nothing', () => {
    const cache = new ResultCache({ kind: 'none' });
    cache.set('a', record);
    cache.keepFor(keys('a'));
    expect(cache.get('a')).toBeUndefined();
  });
});
