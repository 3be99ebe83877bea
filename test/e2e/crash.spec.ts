import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  aPrompt,
  eventually,
  launch,
  WebServer,
  type LaunchedGateway,
  type LaunchOptions,
} from '@gateway/testing';

/** `npm run test:crash` makes 50 of it. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 5);
const JOBS = 200;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ENDINGS: ReadonlySet<unknown> = new Set(['prompt.complete', 'prompt.failed']);

type Victim = 'gateway' | 'engine' | 'both';

describe.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
  'crash round %i',
  (round) => {
    let gateway: LaunchedGateway;
    let receiver: WebServer;
    let options: LaunchOptions;

    beforeAll(async () => {
      receiver = await WebServer.start();
      options = {
        emulator: ['--step-ms', '2'],
        env: {
          ALWAYS_RESTART_COMFYUI: 'true',
          RESTART_DELAY_S: '0.05',
          URL_ALLOW_PRIVATE_NETWORKS: 'true',
          PROMPT_WEBHOOK_RETRIES: '10',
          WEBHOOK_SECRET: SECRET,
        },
      };
      gateway = await launch(options);
    });

    afterAll(async () => {
      await gateway.stop();
      await receiver.stop();
    });

    it('every acknowledged job ends once, tells of it under one message id, and leaves no file', async () => {
      const acknowledged = await submitAll();
      for (const victim of victims(round)) {
        await pauseMs(50 + Math.random() * 700);
        await kill(victim);
      }
      await eventually(() => told().size === acknowledged.length, 'all were told of', 90_000);

      const statuses = await statusesAtTheDoor();
      expect([...statuses.keys()].sort()).toEqual([...acknowledged].sort());
      for (const [id, calls] of told()) {
        const ids = new Set(calls.map(({ headers }) => headers['webhook-id']));
        const types = new Set(calls.map(({ json }) => json['type']));
        expect([id, ids.size, types.size]).toEqual([id, 1, 1]);
        expect(ENDINGS.has([...types][0])).toBe(true);
        expect(statuses.get(id)).toBe(types.has('prompt.complete') ? 'succeeded' : 'failed');
      }
      await eventually(async () => (await leftOver()).length === 0, 'no file is left over').catch(
        () => undefined,
      );
      expect(await leftOver()).toEqual([]);
    }, 180_000);

    /** The ids that were answered `202`; a kill may come before the last of them. */
    async function submitAll(): Promise<readonly string[]> {
      const ids = Array.from({ length: JOBS }, (_, n) => `r${round}-job-${n}`);
      const answers = await Promise.all(
        ids.map(async (id, n) => {
          const graph = aPrompt()
            .sampled({ seed: n, steps: 1 + (n % 4) })
            .build();
          const answer = await gateway.prompt(graph, { id, webhook_v2: receiver.url() });
          return answer.status;
        }),
      );
      expect(new Set(answers)).toEqual(new Set([202]));
      return ids;
    }

    async function kill(victim: Victim): Promise<void> {
      if (victim !== 'gateway') await killEngine(gateway);
      if (victim === 'engine') return;
      gateway.process.signal('SIGKILL');
      await gateway.process.exited;
      const { workspace, ports } = gateway;
      gateway = await launch({ ...options, workspace, ports, waitUntilReady: false });
      await gateway.untilListening();
    }

    function told(): ReadonlyMap<string, WebServer['calls']> {
      const byJob = new Map<string, WebServer['calls'][number][]>();
      for (const call of receiver.calls) {
        const id = String(call.json['id']);
        byJob.set(id, [...(byJob.get(id) ?? []), call]);
      }
      return byJob;
    }

    async function statusesAtTheDoor(): Promise<ReadonlyMap<string, string>> {
      const { json } = await gateway.get('/api/v2/jobs?limit=200');
      const { jobs } = json as unknown as { jobs: readonly { id: string; status: string }[] };
      const ours = jobs.filter(({ id }) => id.startsWith(`r${round}-`));
      return new Map(ours.map(({ id, status }) => [id, status]));
    }

    async function leftOver(): Promise<readonly string[]> {
      const { input, output } = gateway.workspace;
      return [...(await readdir(input)), ...(await readdir(output))];
    }
  },
);

/** Each round has all three, in an order of its own. */
function victims(round: number): readonly Victim[] {
  const all: readonly Victim[] = ['gateway', 'engine', 'both'];
  return all.map((_, index) => all[(index + round) % all.length] ?? 'gateway');
}

/** It may be dead already, or not there yet. */
async function killEngine({ workspace, ports }: LaunchedGateway): Promise<void> {
  const file = join(workspace.state, `comfyui-${ports.engine}.json`);
  try {
    const { pid } = JSON.parse(await readFile(file, 'utf8')) as { readonly pid: number };
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
