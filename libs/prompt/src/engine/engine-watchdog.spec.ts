import { silentLog } from '@gateway/kernel';
import { settle } from '@gateway/testing';

import { PromptTimedOutError } from '../prompt.errors';
import { FakeEngine } from '../testing/fake-engine';
import { queueItem } from '../testing/fake-engine-client';
import { EngineWatchdog, type WatchdogLimits } from './engine-watchdog';

const limits: WatchdogLimits = { timeoutMs: 0, interruptGraceMs: 1_000, stuckAfterMs: 10_000 };

describe('EngineWatchdog', () => {
  let engine: FakeEngine;
  let cancel: AbortController;
  let begun: boolean;
  let watchdog: EngineWatchdog;

  beforeEach(() => {
    engine = new FakeEngine();
    engine.vitals.noteSocket('open');
    cancel = new AbortController();
    begun = false;
  });

  afterEach(() => {
    watchdog.stop();
    expect(engine.clock.pending).toBe(0);
  });

  function watch(change: Partial<WatchdogLimits> = {}): void {
    const prompt = { jobId: 'job-1', promptId: () => 'ours', begun: () => begun, cancel };
    watchdog = new EngineWatchdog(engine, prompt, {
      clock: engine.clock,
      log: silentLog,
      limits: { ...limits, ...change },
    });
  }

  function queue(running: readonly string[], pending: readonly string[] = []): void {
    engine.client.queue = {
      queue_running: running.map(queueItem),
      queue_pending: pending.map(queueItem),
    };
  }

  function signOfWork(): void {
    engine.vitals.noteMessage({ type: 'execution_start', data: { prompt_id: 'another' } });
  }

  describe('of a prompt that takes longer than it may', () => {
    it('cancels it at its time, as timed out', async () => {
      begun = true;
      watch({ timeoutMs: 5_000 });
      await engine.clock.advance(4_999);
      expect(cancel.signal.aborted).toBe(false);
      await engine.clock.advance(1);
      expect(cancel.signal.reason).toEqual(new PromptTimedOutError(5_000));
      expect(engine.restarts).toEqual([]);
    });

    it('restarts an engine that does not let go of it', async () => {
      begun = true;
      watch({ timeoutMs: 5_000 });
      await engine.clock.advance(5_999);
      expect(engine.restarts).toEqual([]);
      await engine.clock.advance(1);
      expect(engine.restarts).toEqual(['job job-1 ran out of time and could not be interrupted']);
    });

    it('leaves the engine alone that let go of it in time', async () => {
      begun = true;
      watch({ timeoutMs: 5_000 });
      await engine.clock.advance(5_500);
      watchdog.stop();
      await engine.clock.advance(60_000);
      expect(engine.restarts).toEqual([]);
    });

    it('knows no time-out of 0', async () => {
      begun = true;
      watch({ timeoutMs: 0 });
      await engine.clock.advance(24 * 3_600_000);
      expect(cancel.signal.aborted).toBe(false);
      expect(engine.restarts).toEqual([]);
    });

    it('ends a prompt that another one of the engine keeps waiting, too', async () => {
      queue(['another'], ['ours']);
      watch({ timeoutMs: 5_000 });
      await engine.clock.advance(5_000);
      expect(cancel.signal.aborted).toBe(true);
    });
  });

  describe('of a prompt that never begins', () => {
    it('restarts an engine that runs nothing while the prompt waits', async () => {
      queue([], ['ours']);
      watch();
      await engine.clock.advance(10_999);
      expect(engine.restarts).toEqual([]);
      await engine.clock.advance(1);
      expect(engine.restarts).toEqual(['job job-1 was accepted but never begun']);
      expect(engine.client.interrupted).toEqual([]);
    });

    it('interrupts a prompt that the engine claims to run in silence, and restarts after that', async () => {
      queue(['ours']);
      watch();
      await engine.clock.advance(10_000);
      expect(engine.client.interrupted).toEqual(['ours']);
      expect(engine.restarts).toEqual([]);
      await engine.clock.advance(1_000);
      expect(engine.restarts).toEqual(['job job-1 was accepted but never begun']);
    });

    it('leaves the engine alone when the prompt begins in the last moment', async () => {
      queue([], ['ours']);
      watch();
      await engine.clock.advance(10_500);
      begun = true;
      await engine.clock.advance(60_000);
      expect(engine.restarts).toEqual([]);
    });

    it('lets it wait for as long as the engine works for somebody else', async () => {
      queue(['another'], ['ours']);
      watch();
      await engine.clock.advance(10 * 60_000);
      expect(engine.restarts).toEqual([]);
      expect(engine.client.interrupted).toEqual([]);
    });

    it('lets it wait while the engine gives signs of work', async () => {
      queue([], ['ours']);
      watch();
      for (let second = 0; second < 100; second += 5) {
        signOfWork();
        await engine.clock.advance(5_000);
      }
      expect(engine.restarts).toEqual([]);
      await engine.clock.advance(25_000);
      expect(engine.restarts).toHaveLength(1);
    });

    it('judges nothing it may have missed: the socket was closed, or opened too late', async () => {
      queue([], ['ours']);
      engine.vitals.noteSocket('closed');
      watch();
      await engine.clock.advance(5_000);
      engine.vitals.noteSocket('open');
      await engine.clock.advance(10 * 60_000);
      expect(engine.restarts).toEqual([]);
    });

    it('leaves a prompt to others that the engine does not have', async () => {
      queue([], ['another']);
      watch();
      await engine.clock.advance(10 * 60_000);
      expect(engine.restarts).toEqual([]);
    });

    it('asks again when the queue could not be read', async () => {
      engine.client.queue = new Error('no answer');
      watch();
      await engine.clock.advance(10_000);
      queue([], ['ours']);
      await engine.clock.advance(10_000);
      expect(engine.restarts).toEqual([]);
      await engine.clock.advance(1_000);
      expect(engine.restarts).toHaveLength(1);
    });

    it('finds it again later, when it was seen to wait for somebody first', async () => {
      queue(['another'], ['ours']);
      watch();
      await engine.clock.advance(10_000);
      queue([], ['ours']);
      await engine.clock.advance(11_000);
      expect(engine.restarts).toHaveLength(1);
    });
  });

  it('takes no silence for death once the prompt has begun', async () => {
    begun = true;
    queue(['ours']);
    watch();
    await engine.clock.advance(24 * 3_600_000);
    expect(engine.restarts).toEqual([]);
    expect(engine.client.interrupted).toEqual([]);
  });

  it('does nothing any more once it was stopped, and leaves no timer', async () => {
    queue([], ['ours']);
    watch({ timeoutMs: 5_000 });
    watchdog.stop();
    expect(engine.clock.pending).toBe(0);
    await engine.clock.advance(60_000);
    expect(cancel.signal.aborted).toBe(false);
    expect(engine.restarts).toEqual([]);
  });

  it('sets no timer when it is stopped while it asks the engine', async () => {
    queue([], ['ours']);
    let asked: (() => void) | undefined;
    const answer = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { queue: read } = engine.client.http;
    engine.client.http.queue = () => answer.then(read);
    watch();
    await engine.clock.advance(10_000);
    watchdog.stop();
    asked?.();
    await settle();
    expect(engine.clock.pending).toBe(0);
  });
});
