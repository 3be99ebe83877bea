import { silentLog, systemClock } from '@gateway/kernel';

import { DEFAULT_RECONCILE } from '../comfy-client.options';
import { ComfyHttp } from '../http/comfy.http';
import { OwnedTasks } from '../owned-tasks';
import type { EngineSocket } from '../socket/engine.socket';
import { PromptRun } from './prompt.run';
import { RunReconciler } from './run.reconciler';

it('loses the runs it can no longer follow when its loop breaks', async () => {
  const log = {
    ...silentLog,
    warn: () => {
      throw new Error('the log is full');
    },
  };
  const clock = systemClock;
  const http = new ComfyHttp({ baseUrl: 'http://127.0.0.1:1' });
  const reconciler = new RunReconciler(
    { http, clock, log, socket: {} as EngineSocket, tasks: new OwnedTasks(silentLog) },
    { ...DEFAULT_RECONCILE, unreachableAfterMs: 0 },
  );
  const run = new PromptRun(
    { promptId: 'p', prompt: {} },
    {},
    { clock, log, lookUp: () => undefined },
  );
  reconciler.follow(run);
  expect(await run.ending).toMatchObject({
    outcome: 'lost',
    cause: { message: 'the log is full' },
  });
  await http.close();
}, 3_000);
