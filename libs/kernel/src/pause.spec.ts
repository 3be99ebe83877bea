import { FakeClock, settle } from '@gateway/testing';

import { pause } from './pause';

describe('pause', () => {
  it('ends with its time, or with its signal, and leaves no timer', async () => {
    const clock = new FakeClock();
    const control = new AbortController();
    const over: string[] = [];
    void pause(clock, 100, control.signal).then(() => over.push('long'));
    void pause(clock, 10, control.signal).then(() => over.push('short'));
    await clock.advance(10);
    expect(over).toEqual(['short']);
    control.abort();
    await settle();
    expect(over).toEqual(['short', 'long']);
    expect(clock.pending).toBe(0);
  });

  it('does not begin for a signal that has aborted', async () => {
    const clock = new FakeClock();
    await pause(clock, 100, AbortSignal.abort());
    expect(clock.pending).toBe(0);
  });
});
