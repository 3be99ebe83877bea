import { getEventListeners } from 'node:events';

import { settle } from '@gateway/testing';

import { FakeEngine } from '../testing/fake-engine';
import { EngineReadiness } from './engine-readiness';

describe('EngineReadiness', () => {
  let engine: FakeEngine;
  const { signal } = new AbortController();

  beforeEach(() => {
    engine = new FakeEngine();
  });

  /** What became of a wait so far. */
  async function soFar(wait: Promise<void>): Promise<string> {
    let state = 'waiting';
    wait.then(
      () => {
        state = 'ready';
      },
      (error: unknown) => {
        state = error instanceof Error ? error.message : String(error);
      },
    );
    await settle();
    return state;
  }

  it('is neither ready nor gone before its supervisor has said anything', async () => {
    const { readiness } = engine;
    expect([readiness.ready, readiness.everReady, readiness.gone]).toEqual([false, false, false]);
    expect(await soFar(readiness.until('ready', signal))).toBe('waiting');
  });

  it('lets callers wait while an engine is being ended, and only then', async () => {
    for (const phase of ['ready', 'backing-off', 'failed'] as const) {
      engine.becomes(phase);
      expect(await soFar(engine.readiness.whileStopping())).toBe('ready');
    }
    engine.becomes('stopping');
    const waits = [engine.readiness.whileStopping(), engine.readiness.whileStopping()];
    expect(await soFar(waits[0]!)).toBe('waiting');
    engine.becomes('starting');
    await Promise.all(waits);
  });

  it('does not let anybody wait while it is ready', async () => {
    engine.becomes('ready');
    expect(await soFar(engine.readiness.until('ready', signal))).toBe('ready');
  });

  it.each(['starting', 'backing-off', 'stopping'] as const)(
    'lets callers wait while it is %s, and ends their wait when it is ready',
    async (phase) => {
      engine.becomes(phase);
      const waits = [
        engine.readiness.until('ready', signal),
        engine.readiness.until('ready', signal),
      ];
      expect(await soFar(waits[0]!)).toBe('waiting');
      engine.becomes('ready');
      await Promise.all(waits);
    },
  );

  it.each(['failed', 'stopped'] as const)(
    'ends every wait with an error when it has %s, and says why',
    async (phase) => {
      engine.becomes('starting');
      const wait = engine.readiness.until('ready', signal);
      engine.becomes(phase, new Error('port 8188 is in use'));
      await expect(wait).rejects.toMatchObject({
        code: 'prompt.engine_unavailable',
        message: 'ComfyUI is not available: port 8188 is in use',
      });
      expect(engine.readiness.gone).toBe(true);
      await expect(engine.readiness.until('ready', signal)).rejects.toMatchObject({
        code: 'prompt.engine_unavailable',
      });
    },
  );

  it('remembers that it was ready once, and is not ready any more while it restarts', () => {
    engine.becomes('ready');
    engine.becomes('backing-off');
    expect(engine.readiness.ready).toBe(false);
    expect(engine.readiness.everReady).toBe(true);
    expect(engine.readiness.gone).toBe(false);
  });

  it('does not listen to another engine', async () => {
    const wait = engine.readiness.until('ready', signal);
    engine.bus.publish('engine-phase-changed', {
      engineId: 'engine-2',
      from: 'starting',
      to: 'ready',
    });
    expect(engine.readiness.ready).toBe(false);
    expect(await soFar(wait)).toBe('waiting');
  });

  it('lets a caller give up, with its own reason, without a trace', async () => {
    const control = new AbortController();
    const wait = engine.readiness.until('ready', control.signal);
    const reason = new Error('canceled');
    control.abort(reason);
    await expect(wait).rejects.toBe(reason);
    expect(getEventListeners(control.signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener on the signal of a caller whose wait has ended', async () => {
    const control = new AbortController();
    const wait = engine.readiness.until('ready', control.signal);
    engine.becomes('ready');
    await wait;
    expect(getEventListeners(control.signal, 'abort')).toHaveLength(0);
  });

  it('rejects for a signal that had aborted before; it does not throw', async () => {
    const reason = new Error('canceled');
    let wait: Promise<void> | undefined;
    expect(() => {
      wait = engine.readiness.until('ready', AbortSignal.abort(reason));
    }).not.toThrow();
    await expect(wait).rejects.toBe(reason);
  });

  it('ends every wait when it is disposed of, and hears nothing any more', async () => {
    const wait = engine.readiness.until('ready', signal);
    engine.readiness.dispose();
    await expect(wait).rejects.toMatchObject({ code: 'prompt.engine_unavailable' });
    engine.becomes('ready');
    expect(engine.readiness.ready).toBe(false);
    expect(engine.bus.listenerCount('engine-phase-changed')).toBe(0);
  });

  describe('of an engine that stays away', () => {
    let readiness: EngineReadiness;

    beforeEach(() => {
      engine.readiness.dispose();
      const patience = { clock: engine.clock, maxWaitMs: 10_000 };
      readiness = new EngineReadiness(engine.id, engine.bus, patience);
    });

    it('ends every wait after the longest time anybody should wait, and lets nobody in', async () => {
      engine.becomes('starting');
      const early = readiness.until('ready', signal);
      await engine.clock.advance(9_999);
      expect(readiness.refusal).toBeUndefined();
      const late = readiness.until('ready', signal);
      const ended = Promise.allSettled([early, late]);
      await engine.clock.advance(1);
      const refused = { reason: { code: 'prompt.engine_not_ready' } };
      expect(await ended).toMatchObject([refused, refused]);
      expect(readiness.refusal).toMatchObject({ code: 'prompt.engine_not_ready' });
      await expect(readiness.until('ready', signal)).rejects.toMatchObject(refused.reason);
    });

    it('counts from the moment it went away, however often it tries to come back', async () => {
      engine.becomes('ready');
      await engine.clock.advance(60_000);
      engine.becomes('backing-off', new Error('killed'));
      await engine.clock.advance(6_000);
      engine.becomes('starting');
      expect(engine.clock.pending).toBe(1);
      await engine.clock.advance(4_000);
      expect(readiness.refusal).toMatchObject({ code: 'prompt.engine_not_ready' });
    });

    it('lets callers in again when it is back, with the whole patience', async () => {
      engine.becomes('starting');
      await engine.clock.advance(10_000);
      engine.becomes('ready');
      expect(readiness.refusal).toBeUndefined();
      await readiness.until('ready', signal);
      expect(engine.clock.pending).toBe(0);
      engine.becomes('backing-off');
      await engine.clock.advance(9_999);
      expect(readiness.refusal).toBeUndefined();
    });

    it('says that it is gone when it is, however late', async () => {
      engine.becomes('starting');
      await engine.clock.advance(10_000);
      engine.becomes('failed', new Error('gave up'));
      expect(readiness.refusal).toMatchObject({ code: 'prompt.engine_unavailable' });
    });

    it('leaves no timer when it is disposed of', () => {
      engine.becomes('starting');
      readiness.dispose();
      expect(engine.clock.pending).toBe(0);
    });
  });

  describe('of an engine that must be warmed up', () => {
    let readiness: EngineReadiness;

    beforeEach(() => {
      engine.readiness.dispose();
      const patience = { clock: engine.clock, maxWaitMs: 10_000 };
      readiness = new EngineReadiness(engine.id, engine.bus, patience, true);
    });

    it('is up before it is ready, and ready until the engine goes away', async () => {
      engine.becomes('ready');
      expect(await soFar(readiness.until('up', signal))).toBe('ready');
      expect(await soFar(readiness.until('ready', signal))).toBe('waiting');
      expect([readiness.ready, readiness.everReady]).toEqual([false, false]);
      readiness.noteWarm();
      expect(await soFar(readiness.until('ready', signal))).toBe('ready');
      engine.becomes('backing-off');
      engine.becomes('ready');
      expect([readiness.ready, readiness.everReady]).toEqual([false, true]);
    });

    it('is not away while it warms up, however long that takes', async () => {
      engine.becomes('starting');
      await engine.clock.advance(9_000);
      engine.becomes('ready');
      await engine.clock.advance(600_000);
      expect(readiness.refusal).toBeUndefined();
      expect(engine.clock.pending).toBe(0);
    });

    it('counts as away from a warm-up that failed, until one succeeds', async () => {
      engine.becomes('ready');
      readiness.noteCold(new Error('out of memory'));
      const wait = readiness.until('ready', signal);
      const ended = Promise.allSettled([wait]);
      await engine.clock.advance(10_000);
      expect(await ended).toMatchObject([{ reason: { code: 'prompt.engine_not_ready' } }]);
      readiness.noteWarm();
      expect(readiness.refusal).toBeUndefined();
      readiness.noteCold(new Error('too late'));
      expect(engine.clock.pending).toBe(0);
    });

    it('is not warm by the word of an engine that is gone', () => {
      engine.becomes('ready');
      engine.becomes('stopping');
      readiness.noteWarm();
      engine.becomes('ready');
      expect(readiness.ready).toBe(false);
    });
  });
});
