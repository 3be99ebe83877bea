import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { silentLog, type Log } from '@gateway/kernel';
import { FakeClock, freePort } from '@gateway/testing';

import { urlOf, WaitReporter } from './wait-reporter';

describe('a long wait for an engine', () => {
  let told: string[];
  let clock: FakeClock;
  const log: Log = { ...silentLog, warn: (_facts, message) => told.push(message) };
  const never = new AbortController().signal;

  beforeEach(() => {
    told = [];
    clock = new FakeClock();
  });

  it('is told every ten seconds, however often it is asked', async () => {
    const port = await freePort();
    const reporter = new WaitReporter({ host: '127.0.0.1', port }, clock, log);
    reporter.begin();
    for (let second = 1; second <= 25; second += 1) {
      await clock.advance(1_000);
      await reporter.noteFailure(never);
    }
    const sentence = `no ComfyUI answers at http://127.0.0.1:${port} yet (refused); still trying`;
    expect(told).toEqual([sentence, sentence]);
  });

  it('begins anew with the next wait', async () => {
    const reporter = new WaitReporter({ host: '127.0.0.1', port: await freePort() }, clock, log);
    await clock.advance(60_000);
    reporter.begin();
    await reporter.noteFailure(never);
    expect(told).toEqual([]);
  });

  it('tells a stranger from nobody', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const reporter = new WaitReporter({ host: '127.0.0.1', port }, clock, log);
    await clock.advance(10_000);
    await reporter.noteFailure(never);
    expect(told[0]).toContain('something listens there, and does not answer as ComfyUI does');
    stranger.close();
  });

  it('is not told any more when it was over meanwhile', async () => {
    const reporter = new WaitReporter({ host: '127.0.0.1', port: await freePort() }, clock, log);
    await clock.advance(10_000);
    await reporter.noteFailure(AbortSignal.abort());
    expect(told).toEqual([]);
  });

  it.each([
    ['gpu-1', 'http://gpu-1:8188'],
    ['::1', 'http://[::1]:8188'],
    ['[::1]', 'http://[::1]:8188'],
  ])('names %s by a URL', (host, url) => {
    expect(urlOf({ host, port: 8188 })).toBe(url);
  });
});
