import { settle } from '@gateway/testing';

import { AttemptPlaces, type Release } from './attempt.places';

const never = new AbortController().signal;

/** Asks for a place, and tells in `got` when it is there. */
function ask(places: AttemptPlaces, origin: string, got: string[], signal = never) {
  const place = places.acquire(origin, signal);
  void place.then((release) => got.push(release ? origin : `${origin} left`));
  return place as Promise<Release>;
}

describe('AttemptPlaces', () => {
  it('gives an origin its places and no more, and lets no origin wait for another', async () => {
    const places = new AttemptPlaces({ perOrigin: 2, inAll: 10 });
    const got: string[] = [];
    const [first] = [1, 2, 3, 4].map(() => ask(places, 'a', got));
    void ask(places, 'b', got);
    await settle();
    expect(got).toEqual(['a', 'a', 'b']);
    (await first!)();
    await settle();
    expect(got).toEqual(['a', 'a', 'b', 'a']);
    expect(places.inUse).toBe(3);
  });

  it('lets origins take turns when all places are taken', async () => {
    const places = new AttemptPlaces({ perOrigin: 2, inAll: 2 });
    const got: string[] = [];
    const held: Release[] = [];
    for (const origin of ['x', 'x', 'a', 'a', 'a', 'b', 'c']) {
      void ask(places, origin, got).then((release) => held.push(release));
    }
    await settle();
    for (let release = held.shift(); release; release = held.shift()) {
      release();
      await settle();
    }
    expect(got).toEqual(['x', 'x', 'a', 'b', 'c', 'a', 'a']);
  });

  it('counts a place that is given back twice once', async () => {
    const places = new AttemptPlaces({ perOrigin: 1, inAll: 1 });
    const release = await places.acquire('a', never);
    release?.();
    release?.();
    expect(places.inUse).toBe(0);
  });

  it('forgets who left the line, and every origin that has nothing', async () => {
    const places = new AttemptPlaces({ perOrigin: 1, inAll: 5 });
    const got: string[] = [];
    const leaving = new AbortController();
    const held = ask(places, 'a', got);
    void ask(places, 'a', got, leaving.signal);
    const last = ask(places, 'a', got);
    leaving.abort();
    (await held)();
    (await last)();
    await settle();
    expect(got).toEqual(['a', 'a left', 'a']);
    expect(places.inUse).toBe(0);
    expect(places.knownOrigins).toBe(0);
  });

  it('gives nothing to a signal that has aborted', async () => {
    const places = new AttemptPlaces({ perOrigin: 1, inAll: 1 });
    expect(await places.acquire('a', AbortSignal.abort())).toBeUndefined();
    expect(places.knownOrigins).toBe(0);
  });
});
