import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '@gateway/testing';

import { SystemProcessFamily } from './adapters/process-family';
import { processFacts, processStartTime } from './adapters/process-table';
import type { ProcessRecord } from './process-record';
import { engineCommand, watchedSupervisor } from './testing/launch';

const GATEWAY = join(__dirname, 'fixtures/gateway.cjs');
const isRunning = (pid: number) => processFacts(pid)?.isZombie === false;

jest.setTimeout(20_000);

describe('the engine of a gateway that died', () => {
  let folder: string;
  let recordFile: string;
  let port: number;
  let gateway: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'comfy-process-'));
    recordFile = join(folder, 'state', 'engine.json');
    port = await freePort();
  });
  afterEach(() => {
    gateway.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const address = () => ({ host: '127.0.0.1', port });
  const recorded = () => JSON.parse(readFileSync(recordFile, 'utf8')) as ProcessRecord;

  /** A gateway in a process of its own, its engine ready. */
  async function launchGateway(...engineArgs: readonly string[]): Promise<void> {
    const command = engineCommand('--port', String(port), ...engineArgs);
    const options = JSON.stringify({ command, address: address(), recordFile });
    gateway = spawn(process.execPath, [GATEWAY, options], { stdio: ['pipe', 'pipe', 'ignore'] });
    for await (const printed of gateway.stdout ?? []) {
      if (String(printed).includes('ready')) return;
    }
    throw new Error('the gateway ended before its engine was ready');
  }

  async function killGateway(): Promise<void> {
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
  }

  /** Starts a supervisor with the dead gateway's settings and stops it when its engine is ready. */
  async function startNext() {
    const next = watchedSupervisor({
      command: engineCommand('--port', String(port)),
      address: address(),
      recordFile,
    });
    next.supervisor.start();
    const outcome = await Promise.race([next.reached('ready'), next.reached('failed')]);
    await next.supervisor.stop();
    return outcome;
  }

  it('is found by the next one after a kill -9, and ended before another is launched', async () => {
    await launchGateway();
    const { pid } = recorded();
    await killGateway();
    expect(isRunning(pid)).toBe(true);
    expect(await startNext()).toEqual(expect.objectContaining({ to: 'ready' }));
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(recordFile)).toBe(false);
  });

  it('is ended with its grandchildren, also when its leader is gone by then', async () => {
    await launchGateway('--child', '--stray');
    const { pid, mark } = recorded();
    await killGateway();
    process.kill(pid, 'SIGKILL');
    const marked = new SystemProcessFamily(undefined, mark);
    expect(marked.isAlive()).toBe(true);
    await startNext();
    expect(marked.isAlive()).toBe(false);
  });

  it('is left alone while the gateway that launched it lives', async () => {
    await launchGateway();
    const { pid } = recorded();
    expect(await startNext()).toMatchObject({ cause: { code: 'comfy.port_in_use' } });
    expect(isRunning(pid)).toBe(true);
    expect(recorded().pid).toBe(pid);
    await killGateway();
    await startNext();
  });

  it('is not mistaken for a later process of the same pid', async () => {
    await launchGateway();
    const { pid } = recorded();
    await killGateway();
    writeFileSync(recordFile, JSON.stringify({ ...recorded(), startTime: '1', mark: 'another' }));
    expect(await startNext()).toMatchObject({ cause: { code: 'comfy.port_in_use' } });
    expect(isRunning(pid)).toBe(true);
    process.kill(-pid, 'SIGKILL');
  });

  it('dies with it at once when the gateway throws', async () => {
    await launchGateway('--ignore', 'SIGINT,SIGTERM');
    const { pid } = recorded();
    gateway.stdin?.write('throw');
    await once(gateway, 'exit');
    expect(isRunning(pid)).toBe(false);
  });
});

describe('a start time', () => {
  it('is known of a running process and of no other', () => {
    expect(processStartTime(process.pid)).toMatch(/^\d+$/);
    expect(processStartTime(2 ** 22 + 1)).toBeUndefined();
  });
});
