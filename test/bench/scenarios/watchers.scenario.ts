import { setTimeout as pause } from 'node:timers/promises';

import { EventWatchers } from '../clients/event-watcher';
import { timed } from '../clients/load';
import { textToImage } from '../graphs';
import { alone, atMost, type Finding, type Unit } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';
import type { Stage } from '../stage';

const STEPS_A_SECOND = 20;
const CONNECTED_AT_ONCE = 50;
/** Longer than anybody watches. */
const JOB_S = 3_600;

interface Crowd {
  readonly what: string;
  /** Of the one job that runs. */
  readonly ofRunning: number;
  /** Of jobs that wait, a job each. */
  readonly ofQueued: number;
  readonly read: boolean;
  readonly previews: boolean;
}

const CROWDS: readonly Crowd[] = [
  crowd('nobody watches'),
  crowd('1 watcher of a running job', { ofRunning: 1 }),
  crowd('500 watchers of a running job', { ofRunning: 500 }),
  crowd('500 watchers that stop reading', { ofRunning: 500, read: false }),
  crowd('2,000 watchers of a running job, 1,000 of waiting ones', {
    ofRunning: 2_000,
    ofQueued: 1_000,
  }),
  crowd('the same with previews of 30 KB', { ofRunning: 2_000, ofQueued: 1_000, previews: true }),
];

function crowd(what: string, differences: Partial<Crowd> = {}): Crowd {
  return { what, ofRunning: 0, ofQueued: 0, read: true, previews: false, ...differences };
}

interface Watch {
  readonly gatewayCpu: number;
  readonly engineCpu: number;
  readonly sockets: number;
  readonly heapKb: number;
  readonly residentKb: number;
  readonly stallMs: number;
}

/** What it costs to have a job watched, and whether the engine notices. */
export const watchers: Scenario = {
  name: 'watchers',
  ownGatewayOnly: true,
  about:
    `A job that makes ${STEPS_A_SECOND} steps a second, and streams of its events and of jobs that wait ` +
    '(`GET /api/v2/jobs/{id}/events`), a connection each. CPU is the share of a core while they watch; ' +
    'memory of a watcher is what the gateway holds more than before they came, after a garbage ' +
    'collection and in resident pages, divided by them. The engine should have one websocket whatever happens, and ' +
    'watchers that stop reading should cost no more than others.',
  async run(bench) {
    const findings: Finding[] = [];
    for (const one of bench.size(CROWDS, CROWDS.slice(0, 4))) {
      findings.push(...(await measure(bench, one)));
    }
    return findings;
  },
};

async function measure(bench: Bench, one: Crowd): Promise<readonly Finding[]> {
  const watches: Watch[] = [];
  for (let repeat = 0; repeat < bench.repeats; repeat += 1) watches.push(await watch(bench, one));
  const line = (figure: string, unit: Unit, of: (watch: Watch) => number, most?: number) =>
    alone(
      { what: one.what, figure, unit },
      watches.map(of),
      most === undefined ? most : atMost(most),
    );
  const costs = [
    line('CPU of the gateway', '%', ({ gatewayCpu }) => gatewayCpu),
    line('CPU of the engine', '%', ({ engineCpu }) => engineCpu),
    line('websockets at the engine', '', ({ sockets }) => sockets, 1),
    line('longest stall', 'ms', ({ stallMs }) => stallMs),
  ];
  if (one.ofRunning + one.ofQueued < 100) return costs;
  return [
    ...costs,
    line('heap of a watcher', 'KB', ({ heapKb }) => heapKb),
    line('resident memory of a watcher', 'KB', ({ residentKb }) => residentKb),
  ];
}

async function watch(bench: Bench, one: Crowd): Promise<Watch> {
  const preview = one.previews ? `,preview@${await bench.files.preview()}` : '';
  const setup = {
    turbo: `delay@${JOB_S * 1_000},steps@${JOB_S * STEPS_A_SECOND}${preview}`,
    connections: CONNECTED_AT_ONCE,
    env: { COMFY_MAX_IN_FLIGHT: '1' },
  };
  return bench.onStage(setup, async (stage) => {
    const { gateway, gatewayClient, engine } = stage;
    const running = await gatewayClient.submit({ prompt: textToImage() });
    const waiting: string[] = [];
    for (let count = 0; count < one.ofQueued; count += 1) {
      waiting.push(await gatewayClient.submit({ prompt: textToImage() }));
    }
    const before = { heap: await gateway.heapBytes(), residentMb: gateway.residentMb };
    const crowd = await gather(stage, [
      ...Array.from({ length: one.ofRunning }, () => running),
      ...waiting,
    ]);
    if (!one.read) crowd.stopReading();
    // What they are told first is no part of it.
    await pause(2_000);
    const heap = (await gateway.heapBytes()) - before.heap;
    const residentMb = gateway.residentMb - before.residentMb;
    const { result, stallMs } = await gateway.strainOf(() =>
      timed(stage.through.watched, () => pause(bench.size(10_000, 4_000))),
    );
    const { sockets } = await engine.stats();
    const said = crowd.bytes;
    crowd.close();
    if (one.read && crowd.size > 0 && said === 0) throw new Error('The watchers heard nothing');
    const { elapsedMs, cpuMs } = result;
    return {
      gatewayCpu: (cpuMs.server / elapsedMs) * 100,
      engineCpu: (cpuMs.engine / elapsedMs) * 100,
      sockets,
      stallMs,
      heapKb: heap / 1_024 / crowd.size,
      residentKb: (residentMb * 1_024) / crowd.size,
    };
  });
}

async function gather({ gateway }: Stage, jobs: readonly string[]): Promise<EventWatchers> {
  const crowd = new EventWatchers(gateway.url);
  for (let from = 0; from < jobs.length; from += CONNECTED_AT_ONCE) {
    const some = jobs.slice(from, from + CONNECTED_AT_ONCE);
    await Promise.all(some.map((job) => crowd.watch(job)));
  }
  return crowd;
}
