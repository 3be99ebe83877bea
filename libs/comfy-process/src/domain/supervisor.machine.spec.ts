import { ComfyCommandError, ComfyPortInUseError, ComfySpawnError } from '../comfy-process.errors';
import type { Action, Fact, SupervisorPolicy, SupervisorState } from './supervisor-state';
import { causeOf } from './supervisor-state';
import { step } from './supervisor.machine';

const policy: SupervisorPolicy = {
  mode: 'launched',
  alwaysRestart: true,
  checkIntervalMs: 1_000,
  startTimeoutMs: 10_000,
  restart: {
    firstDelayMs: 1_000,
    maxDelayMs: 30_000,
    factor: 2,
    jitter: 0.2,
    stableAfterMs: 60_000,
    maxQuickFailures: 3,
  },
};
const attached: SupervisorPolicy = { ...policy, mode: 'attached' };
const once: SupervisorPolicy = { ...policy, alwaysRestart: false };

const start: Fact = { type: 'start-requested' };
const stop: Fact = { type: 'stop-requested' };
const launched: Fact = { type: 'launched' };
const answered: Fact = { type: 'probe-succeeded' };
const silent: Fact = { type: 'probe-failed' };
const exited: Fact = { type: 'exited', exit: { code: 1 }, lastLines: ['last words'] };
const workerDied: Fact = { type: 'worker-died', line: 'Exception in thread X (prompt_worker):' };
const elapsed: Fact = { type: 'back-off-elapsed' };
const gone: Fact = { type: 'engine-ended', ending: 'gone' };
const survived: Fact = { type: 'engine-ended', ending: 'survived' };
const launchFailed = (cause: Error): Fact => ({ type: 'launch-failed', cause });

/** An engine that lived through some facts; each may come some time after the one before. */
class Life {
  state: SupervisorState = { name: 'stopped', since: 0 };
  actions: readonly Action[] = [];
  private now = 0;

  constructor(
    private readonly policy: SupervisorPolicy,
    private readonly chance = 0,
  ) {}

  after(...facts: readonly Fact[]): this {
    for (const fact of facts) {
      const moment = { now: this.now, chance: this.chance };
      ({ state: this.state, actions: this.actions } = step(this.state, fact, moment, this.policy));
    }
    return this;
  }

  pass(ms: number): this {
    this.now += ms;
    return this;
  }

  get cause() {
    return causeOf(this.state);
  }
}

const ready = (under = policy) => new Life(under).after(start, launched, answered);

describe('an engine that starts', () => {
  it('is launched, and asked at once whether it answers', () => {
    const life = new Life(policy).after(start);
    expect(life.actions).toEqual([{ do: 'launch' }]);
    life.after(launched);
    expect(life.actions).toEqual([{ do: 'probe', afterMs: 0, timeoutMs: 1_000 }]);
    expect(life.after(answered).state.name).toBe('ready');
  });

  it('is asked soon again at first, then once per interval', () => {
    const life = new Life(policy).after(start, launched);
    const pauses = Array.from({ length: 19 }, () => {
      const [probe] = life.after(silent).actions;
      return probe?.do === 'probe' ? probe.afterMs : undefined;
    });
    expect(pauses.slice(0, 5)).toEqual([25, 31, 39, 49, 61]);
    expect(pauses.slice(-2)).toEqual([1_000, 1_000]);
  });

  it('is asked for the last time when its time is over, then ended and failed', () => {
    const life = new Life(policy).after(start, launched).pass(9_900).after(silent);
    for (let i = 0; i < 8; i += 1) life.after(silent);
    expect(life.actions).toEqual([{ do: 'probe', afterMs: 100, timeoutMs: 100 }]);
    life.pass(100).after(silent);
    expect(life.actions).toEqual([{ do: 'end-engine' }]);
    expect(life.state.name).toBe('stopping');
    life.after(gone);
    expect(life.state.name).toBe('failed');
    expect(life.cause?.message).toBe('ComfyUI was started but did not answer within 10 s');
  });

  it('has its time counted from the launch, not from the wait for an orphan before it', () => {
    const life = new Life(policy).after(start).pass(20_000).after(launched, silent);
    expect(life.state).toMatchObject({ name: 'starting', deadlineAt: 30_000 });
  });

  it('fails at once when its child dies and it is not to restart', () => {
    const life = new Life(once).after(start, launched, exited);
    expect(life.state.name).toBe('failed');
    expect(life.cause).toMatchObject({ code: 'comfy.exited', during: 'start', exit: { code: 1 } });
  });

  it('fails at once for a command that no retry can mend', () => {
    const life = new Life(policy).after(start, launchFailed(new ComfyCommandError('x', 'no.')));
    expect(life.state.name).toBe('failed');
  });

  it('is tried again when the system could not spawn it', () => {
    const life = new Life(policy).after(start, launchFailed(new ComfySpawnError('EAGAIN')));
    expect(life.actions).toEqual([{ do: 'back-off', delayMs: 1_000 }]);
  });

  it('takes a port in use for a stranger before the first launch, for a remnant after a crash', () => {
    const inUse = launchFailed(new ComfyPortInUseError('127.0.0.1', 8188));
    expect(new Life(policy).after(start, inUse).state.name).toBe('failed');
    expect(ready().after(exited, elapsed, inUse).state.name).toBe('backing-off');
  });
});

describe('an engine that fails', () => {
  it('has its leftovers ended before the pause', () => {
    expect(ready().after(exited).actions).toEqual([
      { do: 'end-engine' },
      { do: 'back-off', delayMs: 1_000 },
    ]);
  });

  it('waits twice as long after each quick failure', () => {
    const life = ready().after(exited, elapsed, launched, exited);
    expect(life.actions.at(-1)).toEqual({ do: 'back-off', delayMs: 2_000 });
  });

  it('waits a little less, by chance, so that many do not restart in step', () => {
    const life = new Life(policy, 0.5).after(start, launched, exited);
    expect(life.actions.at(-1)).toEqual({ do: 'back-off', delayMs: 900 });
  });

  it('is given up at the last quick failure the policy allows', () => {
    const life = ready().after(exited, elapsed, launched, exited, elapsed, launched, exited);
    expect(life.state.name).toBe('failed');
    expect(life.cause).toMatchObject({
      code: 'comfy.gave_up',
      failures: 3,
      cause: { code: 'comfy.exited' },
    });
    expect(life.actions).toEqual([{ do: 'end-engine' }]);
  });

  it('counts anew after it was stable', () => {
    const life = ready().after(exited, elapsed, launched, answered).pass(60_000).after(exited);
    expect(life.state).toMatchObject({ name: 'backing-off', failures: 1 });
  });

  it('does not count anew when it was stable for a moment less', () => {
    const life = ready().after(exited, elapsed, launched, answered).pass(59_999).after(exited);
    expect(life.state).toMatchObject({ name: 'backing-off', failures: 2 });
  });

  it('keeps its cause while it starts again', () => {
    expect(ready().after(exited, elapsed).cause).toMatchObject({ code: 'comfy.exited' });
  });

  it('is not started again while processes of it survive everything', () => {
    const life = ready().after(exited, survived);
    expect(life.state.name).toBe('failed');
    expect(life.cause).toMatchObject({ code: 'comfy.unstoppable' });
  });

  it('may be started again by hand, with a new count', () => {
    const life = ready(once).after(exited, start);
    expect(life.state).toMatchObject({ name: 'starting', failures: 0 });
  });
});

describe('an engine that is alive but useless', () => {
  it.each([
    ['its worker died', workerDied, 'comfy.worker_died'],
    [
      'a watchdog says so',
      { type: 'restart-requested', reason: 'stuck' },
      'comfy.restart_requested',
    ],
  ] as const)('is ended and started again when %s', (_, fact, code) => {
    const life = ready().after(fact);
    expect(life.state.name).toBe('stopping');
    expect(life.cause).toMatchObject({ code });
    expect(life.after(gone).actions).toEqual([{ do: 'back-off', delayMs: 1_000 }]);
  });

  it('is ended for good when it is not to restart', () => {
    const life = ready(once).after(workerDied, exited, gone);
    expect(life.state.name).toBe('failed');
    expect(life.cause).toMatchObject({ code: 'comfy.worker_died' });
  });

  it('is not restarted twice for one reason', () => {
    const life = ready().after(workerDied);
    expect(life.after(workerDied).actions).toEqual([]);
  });
});

describe('an engine whose socket was lost', () => {
  const unreachable: Fact = { type: 'unreachable', cause: 'socket closed' };
  const portClosed: Fact = { type: 'port-closed', doubt: 'socket closed' };

  it('stays ready until its port is seen closed', () => {
    const life = ready().after(unreachable);
    expect(life.state.name).toBe('ready');
    expect(life.actions).toEqual([{ do: 'check-port', afterMs: 250, doubt: 'socket closed' }]);
  });

  it.each([
    ['launched', policy],
    ['attached', attached],
  ])('is probed once its port is closed, and ready when it answers (%s)', (_, under) => {
    const life = new Life(under).after(start, launched, answered, unreachable, portClosed);
    expect(life.state.name).toBe('starting');
    expect(life.cause?.message).toBe('ComfyUI is out of reach: socket closed');
    expect(life.pass(9_000).after(silent).actions).toMatchObject([{ do: 'probe' }]);
    expect(life.after(answered).state.name).toBe('ready');
  });

  it('is replaced when its launcher lives on and nothing answers within the time of a start', () => {
    const life = ready().after(unreachable, portClosed).pass(9_990).after(silent);
    expect(life.actions).toEqual([{ do: 'probe', afterMs: 10, timeoutMs: 100 }]);
    life.pass(10).after(silent);
    expect(life.state.name).toBe('stopping');
    expect(life.actions).toEqual([{ do: 'end-engine' }]);
    expect(life.cause).toMatchObject({ code: 'comfy.out_of_reach' });
    expect(life.after(gone).actions).toEqual([{ do: 'back-off', delayMs: 1_000 }]);
  });

  it('is ended for good after that time when it is not to restart', () => {
    const life = ready(once).after(unreachable, portClosed).pass(10_000).after(silent, gone);
    expect(life.state.name).toBe('failed');
    expect(life.cause).toMatchObject({ code: 'comfy.out_of_reach' });
  });

  it('does not become stable by being out of reach', () => {
    const life = ready().after(exited, elapsed, launched, answered).pass(55_000);
    life.after(unreachable, portClosed).pass(10_000).after(silent, gone);
    expect(life.state).toMatchObject({ name: 'backing-off', failures: 2 });
  });

  it('is probed without end, once per interval, when it is attached', () => {
    const life = ready(attached).after(unreachable, portClosed).pass(1e9);
    for (let i = 0; i < 5_000; i += 1) life.after(silent);
    expect(life.actions).toEqual([{ do: 'probe', afterMs: 1_000, timeoutMs: 1_000 }]);
  });

  it('keeps the age of its service when it comes back', () => {
    const life = ready().pass(59_000).after(unreachable, portClosed, answered);
    expect(life.pass(1_000).after(exited).state).toMatchObject({ failures: 1 });
  });

  it('can still exit, be replaced and be stopped meanwhile', () => {
    const regaining = () => ready().after(unreachable, portClosed);
    expect(regaining().after(exited).cause).toMatchObject({ during: 'service' });
    expect(regaining().after(workerDied).state.name).toBe('stopping');
    expect(regaining().after(stop).state.name).toBe('stopping');
  });
});

describe('an attached engine', () => {
  it('is only probed, and never given up', () => {
    const life = new Life(attached).after(start);
    expect(life.actions).toMatchObject([{ do: 'probe', afterMs: 0 }]);
    expect(life.pass(1e9).after(silent).actions).toMatchObject([{ do: 'probe' }]);
  });

  it('is let go, not ended, on stop', () => {
    const life = ready(attached).after(stop);
    expect(life.state.name).toBe('stopped');
    expect(life.actions).toEqual([]);
  });

  it('is probed anew when a restart is asked for', () => {
    const life = ready(attached).after({ type: 'restart-requested', reason: 'stuck' });
    expect(life.state.name).toBe('starting');
    expect(life.actions).toMatchObject([{ do: 'probe' }]);
  });
});

describe('a stop', () => {
  const lives: readonly (readonly [string, () => Life])[] = [
    ['launching', () => new Life(policy).after(start)],
    ['probing', () => new Life(policy).after(start, launched)],
    ['ready', () => ready()],
    ['backing off', () => ready().after(exited)],
  ];

  it.each(lives)('ends the engine while %s', (_, life) => {
    const stopped = life().after(stop);
    expect(stopped.actions).toEqual([{ do: 'end-engine' }]);
    expect(stopped.after(launched, exited, gone).state.name).toBe('stopped');
  });

  it('turns a restart that is under way into a stop', () => {
    const life = ready().after(workerDied, stop);
    expect(life.actions).toEqual([]);
    expect(life.after(gone).state.name).toBe('stopped');
  });

  it('leaves a failure known, and makes sure that nothing is left', () => {
    const life = ready(once).after(exited, stop);
    expect(life.state.name).toBe('failed');
    expect(life.actions).toEqual([{ do: 'end-engine' }]);
  });

  it('fails when processes survive everything', () => {
    expect(ready().after(stop, survived).cause).toMatchObject({ code: 'comfy.unstoppable' });
  });

  it('means nothing to an engine that is stopped', () => {
    expect(new Life(policy).after(stop)).toMatchObject({ state: { name: 'stopped' }, actions: [] });
  });
});
