import { setTimeout as pause } from 'node:timers/promises';

import { Pool } from 'undici';

import { alone, atMost } from '../measure/finding';
import { Engine } from '../processes/engine';
import { Gateway } from '../processes/gateway';
import type { Scenario } from '../scenario';

const PATIENCE_MS = 30_000;
/** Until what start-up left behind has been collected. */
const IDLE_MS = 5_000;

/** How soon a new gateway is of use, and what it costs to have one. */
export const coldStarts: Scenario = {
  name: 'cold-start',
  ownGatewayOnly: true,
  about:
    'From the start of the process, with an engine that answers already, to the first `200` of ' +
    '`/health/live` and of `/ready`, asked every few milliseconds; and the memory that it holds when it ' +
    'has done nothing for five seconds.',
  async run(bench) {
    const live: number[] = [];
    const ready: number[] = [];
    const idle: number[] = [];
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      const engine = await Engine.start('');
      const from = performance.now();
      const gateway = await Gateway.spawn(engine, { probed: false });
      live.push((await firstAnswer(gateway, '/health/live')) - from);
      ready.push((await firstAnswer(gateway, '/ready')) - from);
      await pause(IDLE_MS);
      idle.push(gateway.residentMb);
      await gateway.stop();
      await engine.stop();
    }
    const what = 'cold start';
    return [
      alone({ what, figure: '/health/live', unit: 'ms' }, live, atMost(700)),
      alone({ what, figure: '/ready', unit: 'ms' }, ready, atMost(700)),
      alone({ what: 'idle', figure: 'memory', unit: 'MB' }, idle, atMost(120)),
    ];
  },
};

/** When this address first answered 200. */
async function firstAnswer(gateway: Gateway, path: string): Promise<number> {
  const pool = new Pool(gateway.url, { connections: 1 });
  const deadline = performance.now() + PATIENCE_MS;
  try {
    while (performance.now() < deadline) {
      const status = await pool.request({ method: 'GET', path }).then(
        async ({ statusCode, body }) => (await body.dump(), statusCode),
        () => undefined,
      );
      if (status === 200) return performance.now();
      await pause(2);
    }
    throw new Error(`${path} never answered 200`);
  } finally {
    await pool.destroy();
  }
}
