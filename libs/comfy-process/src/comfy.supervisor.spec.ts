import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';

import { EventBus } from '@gateway/events';
import { silentLog, type Log } from '@gateway/kernel';

import { processFacts } from './adapters/process-table';
import type { ComfyProcessOptions } from './comfy-process.options';
import { ComfySupervisor } from './comfy.supervisor';
import { NodeEngineSpawner } from './adapters/node-engine.spawner';
import { eventually, FakeClock, freePort } from '@gateway/testing';

import { engineCommand, watchedSupervisor, type Watched } from './testing/launch';

jest.setTimeout(20_000);

describe('the supervisor of a child process', () => {
  const open: Watched[] = [];
  let port: number;

  beforeEach(async () => {
    port = await freePort();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(({ supervisor }) => supervisor.stop()));
  });

  function supervise(args: readonly string[], options: Partial<ComfyProcessOptions> = {}): Watched {
    const watched = watchedSupervisor({
      command: engineCommand(...args),
      address: { host: '127.0.0.1', port },
      ...options,
    });
    open.push(watched);
    return watched;
  }

  const phases = ({ changes }: Watched) => changes.map(({ to }) => to);
  const call = (path: string) => fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  const grandchild = ({ supervisor }: Watched) =>
    Number(/grandchild (\d+)/.exec(supervisor.tail().join('\n'))?.[1]);
  const isRunning = (pid: number) => processFacts(pid)?.isZombie === false;

  it('is ready as soon as the engine answers, and leaves nothing behind when stopped', async () => {
    const watched = supervise(['--port', String(port), '--ready-after', '150']);
    watched.supervisor.start();
    await watched.reached('ready');
    await watched.supervisor.stop();
    expect(phases(watched)).toEqual(['starting', 'ready', 'stopping', 'stopped']);
    expect(watched.supervisor.lastExit).toEqual({ signal: 'SIGINT' });
  });

  it('gives the child its folder and the variables that ComfyUI images read', async () => {
    const comfyHome = realpathSync(tmpdir());
    const watched = supervise(['--port', String(port), '--describe-self'], { comfyHome });
    watched.supervisor.start();
    await watched.reached('ready');
    expect(JSON.parse(watched.supervisor.tail()[0]!)).toEqual({
      DIRECT_ADDRESS: '127.0.0.1',
      COMFYUI_PORT_HOST: String(port),
      WEB_ENABLE_AUTH: 'false',
      CF_QUICK_TUNNELS: 'false',
      folder: comfyHome,
    });
  });

  it('tells at once, with exit and last lines, of a child that dies while starting', async () => {
    const watched = supervise(['--exit-after', '50', '--code', '3', '--say', '"no GPU found"']);
    const startedAt = Date.now();
    watched.supervisor.start();
    const { cause } = await watched.reached('failed');
    expect(cause).toMatchObject({
      code: 'comfy.exited',
      exit: { code: 3 },
      lastLines: ['no GPU found'],
    });
    expect(cause?.message).toBe(
      'ComfyUI exited (exit code 3) while it was starting; its last line: no GPU found',
    );
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });

  it('starts another after an exit, whatever its code, when it is to restart', async () => {
    const watched = supervise(['--port', String(port)], { alwaysRestart: true });
    watched.supervisor.start();
    await watched.reached('ready');
    await call('/exit?code=0');
    await watched.reached('backing-off');
    await watched.reached('ready');
    expect(phases(watched)).toEqual(['starting', 'ready', 'backing-off', 'starting', 'ready']);
  });

  it('gives up after the documented number of quick failures', async () => {
    const watched = supervise(['--exit-after', '0', '--code', '9'], {
      alwaysRestart: true,
      restart: { firstDelayMs: 1, maxDelayMs: 2, maxQuickFailures: 3 },
    });
    watched.supervisor.start();
    const { cause } = await watched.reached('failed');
    expect(cause).toMatchObject({
      code: 'comfy.gave_up',
      failures: 3,
      cause: { code: 'comfy.exited' },
    });
    expect(phases(watched).filter((phase) => phase === 'starting')).toHaveLength(3);
  });

  it('ends a child that never answers, and fails', async () => {
    const watched = supervise(['--port', String(port), '--ready-after', '60000'], {
      startupCheckMaxTries: 3,
      alwaysRestart: true,
    });
    watched.supervisor.start();
    const { cause } = await watched.reached('failed');
    expect(cause?.message).toBe('ComfyUI was started but did not answer within 0.3 s');
    expect(phases(watched)).toEqual(['starting', 'stopping', 'failed']);
  });

  it('tells a taken port from a slow start', async () => {
    const stranger = createServer().listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    const watched = supervise(['--port', String(port)], { alwaysRestart: true });
    watched.supervisor.start();
    const { cause } = await watched.reached('failed');
    expect(cause).toMatchObject({ code: 'comfy.port_in_use', port });
    expect(watched.supervisor.tail()).toEqual([]);
    stranger.close();
  });

  it.each([
    ['no-such-program --port 1', '"no-such-program" was not found'],
    [tmpdir(), `"${tmpdir()}" may not be executed`],
  ])('fails with one sentence when the command cannot be run: %s', async (command, problem) => {
    const watched = supervise([], { command, alwaysRestart: true });
    watched.supervisor.start();
    const { cause } = await watched.reached('failed');
    expect(cause?.message).toBe(`ComfyUI could not be launched: ${problem}`);
  });

  it('replaces an engine whose prompt worker died', async () => {
    const watched = supervise(['--port', String(port)], { alwaysRestart: true });
    watched.supervisor.start();
    await watched.reached('ready');
    await call('/say?line=Exception in thread Thread-1 (prompt_worker):');
    const { cause } = await watched.reached('stopping');
    expect(cause).toMatchObject({ code: 'comfy.worker_died' });
    await watched.reached('ready');
  });

  it('restarts on request', async () => {
    const watched = supervise(['--port', String(port)], { alwaysRestart: true });
    watched.supervisor.start();
    await watched.reached('ready');
    watched.supervisor.restart('prompt 42 ran out of time');
    expect(watched.supervisor.cause).toMatchObject({ reason: 'prompt 42 ran out of time' });
    await watched.reached('ready');
  });

  it.each([
    ['SIGINT', 'SIGTERM'],
    ['SIGINT,SIGTERM', 'SIGKILL'],
  ])('ends an engine that ignores %s by %s', async (ignore, signal) => {
    const watched = supervise(['--port', String(port), '--ignore', ignore]);
    watched.supervisor.start();
    await watched.reached('ready');
    await watched.supervisor.stop();
    expect(watched.supervisor.lastExit).toEqual({ signal });
  });

  it.each(['--child', '--stray'])('ends a stubborn grandchild too (%s)', async (kind) => {
    const watched = supervise(['--port', String(port), kind]);
    watched.supervisor.start();
    await watched.reached('ready');
    const pid = grandchild(watched);
    expect(isRunning(pid)).toBe(true);
    await watched.supervisor.stop();
    expect(isRunning(pid)).toBe(false);
  });

  it.each(['--child', '--stray'])(
    'ends a grandchild whose parent died first (%s)',
    async (kind) => {
      const watched = supervise(['--port', String(port), kind]);
      watched.supervisor.start();
      await watched.reached('ready');
      const pid = grandchild(watched);
      await call('/exit?code=1');
      await watched.reached('failed');
      await watched.supervisor.stop();
      expect(isRunning(pid)).toBe(false);
      expect(watched.supervisor.phase).toBe('failed');
    },
  );

  it('ends the background child of a script that has ended', async () => {
    const command = `bash -c '${engineCommand('--port', String(port))} & disown; exit 0'`;
    const watched = supervise([], { command });
    watched.supervisor.start();
    const { cause } = await watched.reached('failed');
    expect(cause).toMatchObject({ exit: { code: 0 } });
    await watched.supervisor.stop();
    expect(await call('/')).toBeUndefined();
  });

  it('logs what the child prints, line by line', async () => {
    const lines: object[] = [];
    const log = { ...silentLog, info: (facts: object) => void lines.push(facts) };
    const command = `bash -c 'echo to see the GUI >&2; printf "no line feed"'`;
    const watched = supervise([], { log, command });
    watched.supervisor.start();
    await watched.reached('failed');
    expect(lines).toContainEqual({ child: 'comfyui', stream: 'stderr', line: 'to see the GUI' });
    expect(lines).toContainEqual({ child: 'comfyui', stream: 'stdout', line: 'no line feed' });
  });

  it('can be stopped by a listener in the middle of a change', async () => {
    const watched = supervise(['--port', String(port)]);
    const stopped = watched.reached('starting').then(() => watched.supervisor.stop());
    watched.supervisor.start();
    await stopped;
    expect(watched.supervisor.phase).toBe('stopped');
  });

  it('starts again after it was stopped', async () => {
    const watched = supervise(['--port', String(port)]);
    watched.supervisor.start();
    await watched.reached('ready');
    await watched.supervisor.stop();
    watched.supervisor.start();
    await watched.reached('ready');
  });
});

describe('the supervisor of an engine that runs by itself', () => {
  it('follows it as it comes, goes and comes back', async () => {
    const port = await freePort();
    const listen = async () => {
      const server = createServer((_, response) => response.end()).listen(port, '127.0.0.1');
      await once(server, 'listening');
      return server;
    };
    const end = async (server: Server) => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
    const watched = watchedSupervisor({
      command: ' ',
      address: { host: '127.0.0.1', port },
      startupCheckMaxTries: 1,
    });
    const { supervisor, changes, reached } = watched;

    supervisor.start();
    const first = await listen();
    await reached('ready');
    const checked = once(first, 'connection');
    supervisor.reportUnreachable(new Error('socket dropped'));
    await checked;
    await fetch(`http://127.0.0.1:${port}/`);
    expect(supervisor.phase).toBe('ready');
    await end(first);
    supervisor.reportUnreachable(new Error('socket closed'));
    const { cause } = await reached('starting');
    expect(cause?.message).toBe('ComfyUI is out of reach: socket closed');
    const second = await listen();
    await reached('ready');
    await supervisor.stop();
    expect(changes.map(({ to }) => to)).toEqual([
      'starting',
      'ready',
      'starting',
      'ready',
      'stopped',
    ]);
    expect(second.listening).toBe(true);
    await end(second);
  });

  it('says where it is waited for, and that it still is, though nothing happens', async () => {
    const told: string[] = [];
    const note = (_facts: object, message: string) => told.push(message);
    const log: Log = { ...silentLog, info: note, warn: note };
    const clock = new FakeClock();
    const port = await freePort();
    const supervisor = new ComfySupervisor(
      {
        engineId: 'engine-1',
        command: '',
        environment: {},
        address: { host: '127.0.0.1', port },
        alwaysRestart: false,
        startupCheckIntervalMs: 1_000,
        startupCheckMaxTries: 1,
        probe: () => Promise.resolve(false),
        log,
      },
      { bus: new EventBus(), clock, spawner: new NodeEngineSpawner(), chance: () => 0 },
    );

    supervisor.start();
    await clock.advance(12_000);
    await eventually(() => told.length === 2, 'a second line');
    await supervisor.stop();

    expect(told.slice(0, 2)).toEqual([
      `waiting for ComfyUI at http://127.0.0.1:${port}`,
      `no ComfyUI answers at http://127.0.0.1:${port} yet (refused); still trying`,
    ]);
  });
});
