import type { WarmUpFailed } from '@gateway/events';
import { silentLog } from '@gateway/kernel';
import { eventually, settle } from '@gateway/testing';

import { aFile } from './testing/fake-engine';
import { aGraph, PromptBench } from './testing/prompt-bench';
import { WarmUp } from './warm-up';

describe('WarmUp', () => {
  let bench: PromptBench;
  let warmUp: WarmUp;
  let failures: WarmUpFailed[];

  beforeEach(async () => {
    bench = await PromptBench.set({ needsWarmUp: true });
    const { engine, service } = bench;
    failures = [];
    engine.bus.subscribe('warm-up-failed', (event) => failures.push(event));
    warmUp = new WarmUp({
      engine,
      service,
      prompt: aGraph,
      bus: engine.bus,
      clock: engine.clock,
      log: silentLog,
    });
    bench.executor.start();
    warmUp.start();
  });

  afterEach(async () => {
    await bench.clear();
    await warmUp.stopped();
  });

  const state = () => {
    const { up, ready, everReady } = bench.engine.readiness;
    return { up, ready, everReady };
  };

  /** Nothing runs, and one timer does. */
  const untilItPauses = () =>
    eventually(() => {
      const { client, clock } = bench.engine;
      return client.activeRuns === 0 && clock.pending === 1;
    }, 'it pauses');

  async function succeed(nth: number): Promise<void> {
    (await bench.run(nth)).succeed();
    await eventually(() => bench.engine.readiness.ready, 'it is warm');
  }

  it('lets nobody in before it has run, and then everybody', async () => {
    bench.engine.becomes('ready');
    const client = await bench.submit('client');
    const first = await bench.run(0);
    expect(Object.values(first.submission.prompt)[1]?.inputs['filename_prefix']).toMatch(
      /^warmup-/,
    );
    await settle();
    expect(bench.engine.client.runs).toHaveLength(1);
    expect(state()).toEqual({ up: true, ready: false, everReady: false });

    await succeed(0);

    expect(state()).toEqual({ up: true, ready: true, everReady: true });
    (await bench.run(1)).succeed();
    expect((await client.result).outcome).toBe('succeeded');
  });

  it('goes ahead of prompts that fill every place of preparation', async () => {
    for (let n = 0; n < 10; n += 1) await bench.submit(`early-${n}`);
    bench.engine.becomes('ready');
    const first = await bench.run(0);
    expect(JSON.stringify(first.submission.prompt)).toContain('warmup-');
  });

  it('leaves no file behind', async () => {
    bench.engine.becomes('ready');
    const run = await bench.run(0);
    const prefix = run.submission.prompt['2']?.inputs['filename_prefix'] as string;
    bench.engine.files.write(`${prefix}_00001_.png`, 'picture');
    run.succeed([aFile(`${prefix}_00001_.png`)]);
    await eventually(() => bench.engine.readiness.ready, 'it is warm');
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('runs again after each start of the engine; what was healthy once stays so', async () => {
    bench.engine.becomes('ready');
    await succeed(0);
    bench.engine.becomes('backing-off');
    expect(state()).toEqual({ up: false, ready: false, everReady: true });
    bench.engine.becomes('ready');
    expect(state()).toEqual({ up: true, ready: false, everReady: true });
    await succeed(1);
    expect(state()).toEqual({ up: true, ready: true, everReady: true });
  });

  it('waits for the next start when the engine is lost while it runs', async () => {
    bench.engine.becomes('ready');
    const run = await bench.run(0);
    run.begin();
    bench.engine.becomes('backing-off');
    run.lose();
    await settle();
    expect(state()).toEqual({ up: false, ready: false, everReady: false });
    bench.engine.becomes('ready');
    await succeed(1);
    expect(failures).toEqual([]);
  });

  it('does not wait out its pause when the engine starts anew', async () => {
    bench.engine.becomes('ready');
    await succeed(0);
    bench.engine.becomes('backing-off');
    bench.engine.becomes('ready');
    const run = await bench.run(1);
    run.begin();
    run.lose();
    await untilItPauses();
    bench.engine.becomes('backing-off');
    bench.engine.becomes('ready');
    await succeed(2);
  });

  it('tells once, and stays cold, when the prompt cannot run', async () => {
    bench.engine.becomes('ready');
    (await bench.run(0)).end({
      outcome: 'refused',
      error: { type: 'x', message: 'Value not in list', details: '', extra_info: {} },
      nodeErrors: {},
      mayHaveRun: false,
    });
    await eventually(() => failures.length > 0, 'it is told');
    expect(failures[0]?.cause.message).toBe('The warm-up prompt failed: Value not in list');
    expect(state()).toEqual({ up: true, ready: false, everReady: false });
    expect(bench.engine.client.runs).toHaveLength(1);
  });

  it('tries again, with pauses, a prompt that has worked before', async () => {
    bench.engine.becomes('ready');
    await succeed(0);
    bench.engine.becomes('backing-off');
    bench.engine.becomes('ready');
    (await bench.run(1)).end({
      outcome: 'refused',
      error: { type: 'x', message: 'Out of luck', details: '', extra_info: {} },
      nodeErrors: {},
      mayHaveRun: false,
    });
    await untilItPauses();
    expect(state()).toMatchObject({ ready: false });
    await bench.engine.clock.advance(1_000);
    await succeed(2);
    expect(failures).toEqual([]);
  });

  it('is over at once when the gateway ends', async () => {
    bench.engine.becomes('ready');
    await succeed(0);
    bench.engine.becomes('backing-off');
    bench.engine.becomes('ready');
    const run = await bench.run(1);
    run.begin();
    run.lose();
    await untilItPauses();
    await warmUp.stopped();
    expect(bench.engine.clock.pending).toBe(0);
  });
});
