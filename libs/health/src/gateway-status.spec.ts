import type { EnginePhase } from '@gateway/events';

import { GatewayStatus } from './gateway-status';

/** Owners whose facts a spec changes. */
function owners() {
  return {
    supervisor: {
      phase: 'starting' as EnginePhase,
      since: Date.UTC(2026, 0, 2, 3, 4, 5),
      cause: undefined as Error | undefined,
    },
    engine: {
      readiness: { up: true, ready: true, everReady: true },
      slots: { inUse: 0 },
      vitals: { queueRemaining: 0 },
    },
    jobs: { accepting: true, queued: 0 },
  };
}

function statusOf({ supervisor, engine, jobs }: ReturnType<typeof owners>, maxQueueDepth = 0) {
  return new GatewayStatus(supervisor, { pick: () => engine }, jobs, maxQueueDepth);
}

describe('GatewayStatus', () => {
  it('is ready when the engine is and the gateway takes prompts', () => {
    expect(statusOf(owners()).ready).toBe(true);
  });

  it('is not ready while the engine is not, but stays started', () => {
    const facts = owners();
    const status = statusOf(facts);
    facts.engine.readiness.ready = false;
    expect(status.ready).toBe(false);
    expect(status.engineReady).toBe(false);
    expect(status.started).toBe(true);
    facts.engine.readiness.ready = true;
    expect(status.ready).toBe(true);
  });

  it('has not started before the engine was ready for the first time', () => {
    const facts = owners();
    facts.engine.readiness = { up: false, ready: false, everReady: false };
    expect(statusOf(facts).started).toBe(false);
  });

  it('is not ready while it shuts down, and says so', () => {
    const facts = owners();
    facts.jobs.accepting = false;
    const status = statusOf(facts);
    expect(status.ready).toBe(false);
    expect(status.notTakingBecause).toBe('shutting down');
  });

  it('counts our queue and the engine, prompts of others included, and none twice', () => {
    const facts = owners();
    facts.jobs.queued = 3;
    facts.engine.slots.inUse = 2;
    expect(statusOf(facts).queueDepth).toBe(5);
    facts.engine.vitals.queueRemaining = 2;
    expect(statusOf(facts).queueDepth).toBe(5);
    facts.engine.vitals.queueRemaining = 6;
    expect(statusOf(facts).queueDepth).toBe(9);
  });

  it('is no longer ready from the depth that is the limit on, and ready again below it', () => {
    const facts = owners();
    const status = statusOf(facts, 4);
    facts.jobs.queued = 3;
    expect(status.ready).toBe(true);
    facts.engine.slots.inUse = 1;
    expect(status.ready).toBe(false);
    expect(status.notTakingBecause).toBe('4 prompts wait, the limit is 4');
    facts.jobs.queued = 2;
    expect(status.ready).toBe(true);
  });

  it('takes a limit of 0 for none', () => {
    const facts = owners();
    facts.jobs.queued = 100_000;
    expect(statusOf(facts, 0).ready).toBe(true);
  });

  it("tells the supervisor's phase, since when, and why", () => {
    const facts = owners();
    expect(statusOf(facts).engine).toEqual({
      phase: 'starting',
      since: '2026-01-02T03:04:05.000Z',
    });
    facts.supervisor.phase = 'backing-off';
    facts.supervisor.cause = new Error('ComfyUI exited (code 1)');
    expect(statusOf(facts).engine).toEqual({
      phase: 'backing-off',
      since: '2026-01-02T03:04:05.000Z',
      cause: 'ComfyUI exited (code 1)',
    });
  });

  it('tells of an engine that is up and not ready that it warms up', () => {
    const facts = owners();
    facts.supervisor.phase = 'ready';
    expect(statusOf(facts).engine.phase).toBe('ready');
    facts.engine.readiness.ready = false;
    expect(statusOf(facts).engine.phase).toBe('warming-up');
    facts.engine.readiness.up = false;
    facts.supervisor.phase = 'starting';
    expect(statusOf(facts).engine.phase).toBe('starting');
  });
});
