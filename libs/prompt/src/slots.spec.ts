import { getEventListeners } from 'node:events';

import { settle } from '@gateway/testing';

import { Slots, type Release } from './slots';

describe('Slots', () => {
  const { signal } = new AbortController();

  it('hands out as many places as there are', async () => {
    const slots = new Slots(2);
    await slots.acquire(signal);
    await slots.acquire(signal);
    expect(slots.inUse).toBe(2);
    const third = slots.acquire(signal);
    await settle();
    expect(slots.inUse).toBe(2);
    expect(slots.waiters).toBe(1);
    void third;
  });

  it('serves who waits first come, first served', async () => {
    const slots = new Slots(1);
    const order: string[] = [];
    const releases: Release[] = [await slots.acquire(signal)];
    for (const name of ['first', 'second', 'third']) {
      void slots.acquire(signal).then((release) => {
        order.push(name);
        releases.push(release);
      });
    }
    for (let index = 0; index < 3; index += 1) {
      releases[index]!();
      await settle();
    }
    expect(order).toEqual(['first', 'second', 'third']);
    expect(slots.waiters).toBe(0);
  });

  it('hands a place on without letting anybody overtake', async () => {
    const slots = new Slots(1);
    const release = await slots.acquire(signal);
    const waited = slots.acquire(signal);
    release();
    const late = slots.acquire(signal);
    await waited;
    await settle();
    expect(slots.inUse).toBe(1);
    expect(slots.waiters).toBe(1);
    void late;
  });

  it('takes a place back once, however often it is given', async () => {
    const slots = new Slots(2);
    const release = await slots.acquire(signal);
    await slots.acquire(signal);
    release();
    release();
    expect(slots.inUse).toBe(1);
  });

  it('gives no place to who has given up, and leaves no trace of it', async () => {
    const slots = new Slots(1);
    const release = await slots.acquire(signal);
    const given = new AbortController();
    const waited = slots.acquire(given.signal);
    const reason = new Error('changed its mind');
    given.abort(reason);
    await expect(waited).rejects.toBe(reason);
    expect(slots.waiters).toBe(0);
    release();
    expect(slots.inUse).toBe(0);
  });

  it('refuses who had given up before it came', async () => {
    const slots = new Slots(1);
    const reason = new Error('too late');
    await expect(slots.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(slots.inUse).toBe(0);
  });

  it('leaves no listener on the signal of who was served', async () => {
    const slots = new Slots(1);
    const release = await slots.acquire(signal);
    const control = new AbortController();
    const waited = slots.acquire(control.signal);
    release();
    await waited;
    expect(getEventListeners(control.signal, 'abort')).toHaveLength(0);
    control.abort();
    expect(slots.inUse).toBe(1);
  });
});
