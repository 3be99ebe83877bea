import { settle } from '@gateway/testing';

import { OwnedWork } from './owned-work';
import { RecordingLog } from './testing/recording.log';

/** Work that ends when the spec, or its signal, says so. */
function anEnd(): {
  readonly end: () => void;
  readonly work: (signal: AbortSignal) => Promise<void>;
} {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    end,
    work: (signal) => {
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      return ended;
    },
  };
}

describe('OwnedWork', () => {
  const never = new AbortController().signal;

  it('is drained when everything has ended, what began meanwhile included', async () => {
    const owned = new OwnedWork(new RecordingLog());
    const [first, second] = [anEnd(), anEnd()];
    let drained = false;
    owned.begin(first.work);
    const draining = owned.drain(never).then(() => (drained = true));
    owned.begin(second.work);
    first.end();
    await settle();
    expect(drained).toBe(false);
    second.end();
    await draining;
    expect(owned.size).toBe(0);
  });

  it('tells all work to end at the deadline, and what begins later at once', async () => {
    const owned = new OwnedWork(new RecordingLog());
    const deadline = new AbortController();
    owned.begin(anEnd().work);
    const draining = owned.drain(deadline.signal);
    deadline.abort();
    await draining;
    owned.begin(anEnd().work);
    await owned.drain(never);
    expect(owned.size).toBe(0);
  });

  it('logs work that breaks, and forgets it', async () => {
    const log = new RecordingLog();
    const owned = new OwnedWork(log);
    const err = new Error('broken');
    owned.begin(() => Promise.reject(err));
    await owned.drain(never);
    expect(log.lines).toMatchObject([{ level: 'error', facts: { err } }]);
  });
});
