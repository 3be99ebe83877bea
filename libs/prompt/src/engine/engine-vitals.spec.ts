import { FakeClock } from '@gateway/testing';

import { EngineVitals } from './engine-vitals';

describe('EngineVitals', () => {
  let clock: FakeClock;
  let vitals: EngineVitals;

  beforeEach(() => {
    clock = new FakeClock(1_000);
    vitals = new EngineVitals(clock);
  });

  function status(remaining: number): void {
    vitals.noteMessage({
      type: 'status',
      data: { status: { exec_info: { queue_remaining: remaining } } },
    });
  }

  it('knows how many prompts the engine has by its last word', () => {
    expect(vitals.queueRemaining).toBe(0);
    status(5);
    status(3);
    expect(vitals.queueRemaining).toBe(3);
  });

  it('knows that an engine that ended has none', () => {
    status(5);
    vitals.clear();
    expect(vitals.queueRemaining).toBe(0);
  });

  it('takes a message about a prompt for a sign of work, a status for none', async () => {
    status(1);
    expect(vitals.lastSignOfWorkAt).toBe(0);
    await clock.advance(500);
    vitals.noteMessage({ type: 'execution_start', data: { prompt_id: 'p' } });
    expect(vitals.lastSignOfWorkAt).toBe(1_500);
    await clock.advance(500);
    status(1);
    vitals.noteMessage({ type: 'feature_flags', data: {} });
    expect(vitals.lastSignOfWorkAt).toBe(1_500);
  });

  it('hears everything from the moment the socket is open until it is not', async () => {
    expect(vitals.listeningSince).toBeUndefined();
    vitals.noteSocket('connecting');
    expect(vitals.listeningSince).toBeUndefined();
    vitals.noteSocket('open');
    await clock.advance(10);
    expect(vitals.listeningSince).toBe(1_000);
    vitals.noteSocket('closed');
    expect(vitals.listeningSince).toBeUndefined();
  });
});
