import { createHook } from 'node:async_hooks';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { getActiveResourcesInfo } from 'node:process';

import { readConfig } from '@gateway/config';
import { EventBus, type EventName } from '@gateway/events';
import { JOB_STORE, JobService, type JobStore } from '@gateway/jobs';
import { ProgressBoard } from '@gateway/progress';
import { EngineRegistry, PromptExecutor } from '@gateway/prompt';
import { aPrompt, eventually, freePort, makeWorkspace, type Workspace } from '@gateway/testing';
import { Agent, request } from 'undici';

import { startGateway, type RunningGateway } from './gateway';
import { createLogger } from './logging';

const RUN_APP = resolve(__dirname, '..', '..', 'run.cjs');
const ROUND = 200;

describe('200 prompts that end in every way', () => {
  let workspace: Workspace;
  let gateway: RunningGateway;
  let isStopped = false;
  let client: Agent;
  let board: ProgressBoard;
  let resourcesBefore: readonly string[];
  let atRest: Kept;
  let statuses: readonly (number | 'dropped')[];
  let timers: ReturnType<typeof countTimers>;
  const warnings: Error[] = [];
  const noteWarning = (warning: Error): void => void warnings.push(warning);

  beforeAll(async () => {
    process.on('warning', noteWarning);
    timers = countTimers();
    workspace = await makeWorkspace();
    resourcesBefore = getActiveResourcesInfo();
    gateway = await startQuietly(workspace);
    board = new ProgressBoard(gateway.app.get(EventBus));
    await untilReady();
    await runMixed(40);
    atRest = await restingState();
    statuses = await runMixed(ROUND);
  }, 60_000);

  afterAll(async () => {
    process.off('warning', noteWarning);
    timers.stop();
    if (!isStopped) await gateway.stop(0);
    await workspace.remove();
  });

  it('end as they should', () => {
    const counts = new Map<number | 'dropped', number>();
    for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);

    const quarter = ROUND / 4;
    expect(Object.fromEntries(counts)).toEqual({
      200: quarter,
      400: quarter,
      500: quarter,
      dropped: quarter,
    });
  });

  it('leave no job, run, place, waiter, listener or timer behind', async () => {
    const after = await restingState();

    expect(after).toEqual({ ...atRest, timers: expect.any(Number) });
    // Sockets between the gateway and its engine have timers, and come and go.
    expect(after.timers).toBeLessThan(atRest.timers + 20);
    expect(after).toMatchObject({
      held: { jobs: 0, attachments: 0, runs: 0, finishing: 0, waiting: 0 },
      engine: { runs: 0, slots: 0, slotWaiters: 0, submissions: 0, submissionWaiters: 0 },
      jobs: { queued: 0, live: 0 },
    });
    expect(board.size).toEqual({ jobs: 0, watched: 0 });
    expect(warnings).toEqual([]);
  });

  it('leave no file behind', async () => {
    expect(await readdir(workspace.output)).toEqual([]);
    expect(await readdir(workspace.input)).toEqual([]);
  });

  it('leave a gateway that stops without a handle of its own', async () => {
    isStopped = true;
    board.stop();
    await gateway.stop(1000);

    await eventually(
      () => newResources(resourcesBefore, getActiveResourcesInfo()).length === 0,
      'every handle is closed',
    );
    expect(kept(gateway).subscriptions['job-transitioned']).toBeLessThanOrEqual(1);
  });

  /** A quarter each: runs, fails in a node, is refused, is dropped by its client. */
  async function runMixed(count: number): Promise<readonly (number | 'dropped')[]> {
    const results: (number | 'dropped')[] = [];
    client = new Agent({ connections: 20 });
    const waiting = Array.from({ length: count }, (_, index) => index);
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        results.push(await runOne(next));
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    await client.destroy();
    return results;
  }

  async function runOne(index: number): Promise<number | 'dropped'> {
    switch (index % 4) {
      case 0:
        return send(aPrompt().coloured(index).build());
      case 1:
        return send(failing());
      case 2:
        return send(aPrompt().withNode('7', 'NoSuchNode', {}).build());
      default:
        return drop(aPrompt().sampled({ seed: index, steps: 1000 }).build(), index % 60);
    }
  }

  async function drop(graph: object, afterMs: number): Promise<number | 'dropped'> {
    const signal = AbortSignal.timeout(afterMs);
    return send(graph, signal).catch(() => 'dropped' as const);
  }

  async function send(graph: object, signal?: AbortSignal): Promise<number> {
    const { statusCode, body } = await request(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: graph }),
      dispatcher: client,
      ...(signal && { signal }),
    });
    await body.dump();
    return statusCode;
  }

  async function untilReady(): Promise<void> {
    const { readiness } = gateway.app.get(EngineRegistry).pick();
    const ready = eventually(() => readiness.ready, 'the engine is ready');
    const failed = gateway.failed.then((cause) => Promise.reject(cause));
    await Promise.race([ready, failed]);
  }

  /** What is kept once the last jobs, dropped ones among them, have ended. */
  async function restingState(): Promise<Kept> {
    await eventually(() => kept(gateway).held.runs === 0, 'every run has ended');
    const { live } = await liveJobs();
    // History is swept a second later.
    await new Promise((done) => setTimeout(done, 1500));
    const jobs = { queued: gateway.app.get(JobService).queued, live };
    return { ...kept(gateway), jobs, timers: timers.alive() };
  }

  async function liveJobs(): Promise<{ readonly live: number }> {
    const jobs = await gateway.app.get<JobStore>(JOB_STORE, { strict: false }).listLive();
    return { live: jobs.length };
  }
});

interface Kept extends ReturnType<typeof kept> {
  readonly jobs: { readonly queued: number; readonly live: number };
  readonly timers: number;
}

const EVENTS = [
  'engine-phase-changed',
  'engine-message-received',
  'job-attempt-began',
  'job-previewed',
  'job-progressed',
  'job-transitioned',
] as const satisfies readonly EventName[];

function kept({ app }: RunningGateway) {
  const bus = app.get(EventBus);
  const { client, slots, submissions } = app.get(EngineRegistry).pick();
  return {
    held: app.get(PromptExecutor).held,
    engine: {
      runs: client.activeRuns,
      slots: slots.inUse,
      slotWaiters: slots.waiters,
      submissions: submissions.inUse,
      submissionWaiters: submissions.waiters,
    },
    subscriptions: Object.fromEntries(EVENTS.map((name) => [name, bus.listenerCount(name)])),
    exitListeners: process.listenerCount('exit'),
  };
}

/** Counts timers, also those that let Node exit: `getActiveResourcesInfo` does not tell of them. */
function countTimers(): { alive(): number; stop(): void } {
  const ids = new Set<number>();
  const hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') ids.add(id);
    },
    destroy: (id) => ids.delete(id),
  }).enable();
  return { alive: () => ids.size, stop: () => void hook.disable() };
}

/** Kinds of resources that are more than they were. */
function newResources(before: readonly string[], now: readonly string[]): readonly string[] {
  const left = [...before];
  return now.filter((resource) => {
    const known = left.indexOf(resource);
    if (known >= 0) left.splice(known, 1);
    return known < 0;
  });
}

async function startQuietly(workspace: Workspace): Promise<RunningGateway> {
  const [port, enginePort] = [await freePort(), await freePort()];
  const emulator = [process.execPath, RUN_APP, '--no-build', 'comfyui-emulator'];
  emulator.push('--port', String(enginePort), '--base-directory', workspace.base, '--step-ms', '5');
  const config = readConfig({
    CMD: emulator.map((word) => JSON.stringify(word)).join(' '),
    COMFY_HOME: workspace.base,
    COMFYUI_PORT_HOST: String(enginePort),
    INPUT_DIR: workspace.input,
    OUTPUT_DIR: workspace.output,
    STATE_DIR: join(workspace.base, 'state'),
    STARTUP_CHECK_MAX_TRIES: '50',
    HOST: '127.0.0.1',
    PORT: String(port),
  });
  return startGateway({ config, environment: process.env, logger: createLogger('silent') });
}

/** A blur that is wider than its picture. */
function failing(): object {
  return aPrompt()
    .sized(4, 4)
    .withNode('3', 'ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 1 })
    .withNode('2', 'SaveImage', { images: ['3', 0], filename_prefix: 'x' })
    .build();
}
