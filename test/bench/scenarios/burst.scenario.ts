import { eventually } from '@gateway/testing';

import { closedLoop, timed } from '../clients/load';
import { textToImage } from '../graphs';
import { alone, atMost, ratio, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';
import { interleaved, type Rounds, type Side, type Stage } from '../stage';

const SENT_AT_ONCE = 64;
const PATIENCE_MS = 600_000;
/** Rounds of few prompts are too short to be measured, so there are several to a round. */
const LEAST_PROMPTS = 400;

interface Burst {
  readonly prompts: number;
  readonly unfinished: number;
  /** Of the gateway; of the client, where it is direct. */
  readonly cpuMs: number;
}

/** Whether a prompt costs more the more of them there are. */
export const bursts: Scenario = {
  name: 'burst',
  about:
    'So many prompts at once, 20 steps told of in each, accepted by `Prefer: respond-async` and run one ' +
    'after the other. Measured is the CPU time of the gateway from the first of them to the end of the ' +
    'last; beside it, that of a client which does the same directly. It should be the same for each ' +
    'prompt however many there are.',
  run: (bench) => {
    const sizes = bench.size([10, 100, 1_000, 10_000], [10, 100, 1_000]);
    return measure(bench, sizes);
  },
};

async function measure(bench: Bench, sizes: readonly number[]): Promise<readonly Finding[]> {
  const file = await bench.files.smallPicture();
  const findings: Finding[] = [];
  const medians = new Map<number, number>();
  for (const size of sizes) {
    const setup = { turbo: `steps@20,file@${file}`, connections: SENT_AT_ONCE };
    const rounds = await bench.onStage(setup, async (stage) => {
      // What is compiled after some hundred prompts only must not make the small bursts look dear.
      const warmUp = bench.size(1_000, 200);
      await interleaved(stage.sides, 1, (side) => burst(stage, side, warmUp));
      return interleaved(stage.sides, bench.repeats, (side) => several(stage, side, size));
    });
    const [cpu, unfinished] = findingsOf(size, rounds);
    medians.set(size, cpu.gateway.median);
    findings.push(cpu, unfinished);
  }
  const largest = sizes.at(-1) ?? 100;
  const growth = (medians.get(largest) ?? Number.NaN) / (medians.get(100) ?? Number.NaN);
  const what = `${largest.toLocaleString('en')} at once, against 100`;
  findings.push(alone({ what, figure: 'CPU of a prompt', unit: '×' }, [growth], atMost(1.15)));
  return findings;
}

function findingsOf(size: number, rounds: Rounds<Burst>): readonly [Finding, Finding] {
  const what = `${size.toLocaleString('en')} prompts at once`;
  const perPrompt = ({ cpuMs, prompts }: Burst): number => cpuMs / prompts;
  const pairs = {
    direct: rounds.direct.map(perPrompt),
    gateway: rounds.gateway.map(perPrompt),
  };
  const unfinished = rounds.gateway.map((round) => round.unfinished);
  return [
    ratio({ what, figure: 'CPU of a prompt', unit: 'ms' }, pairs),
    alone({ what, figure: 'unfinished', unit: '' }, unfinished, atMost(0)),
  ];
}

async function several(stage: Stage, side: Side, size: number): Promise<Burst> {
  let sum: Burst = { prompts: 0, unfinished: 0, cpuMs: 0 };
  while (sum.prompts < LEAST_PROMPTS) {
    const one = await burst(stage, side, size);
    sum = {
      prompts: sum.prompts + one.prompts,
      unfinished: sum.unfinished + one.unfinished,
      cpuMs: sum.cpuMs + one.cpuMs,
    };
  }
  return sum;
}

async function burst(stage: Stage, side: Side, prompts: number): Promise<Burst> {
  if (side.client === stage.directClient) {
    const send = () => side.client.run(textToImage());
    const { cpuMs, unanswered } = await closedLoop(
      { clients: prompts, prompts },
      side.watched,
      send,
    );
    return { prompts, unfinished: unanswered, cpuMs: cpuMs.client };
  }
  const { gatewayClient, engine } = stage;
  const { prompts_run: before } = await engine.stats();
  const { cpuMs, result: accepted } = await timed(side.watched, async () => {
    const submit = () => gatewayClient.submit({ prompt: textToImage() });
    const { latenciesMs } = await closedLoop(
      { clients: SENT_AT_ONCE, prompts },
      side.watched,
      submit,
    );
    await untilRun(stage, before + latenciesMs.length);
    return latenciesMs.length;
  });
  const unfinished = prompts - accepted + (await count(stage, 'failed,canceled,expired'));
  return { prompts, unfinished, cpuMs: cpuMs.server };
}

/** The engine is asked, not the gateway, whose CPU is measured; that one only when all have run. */
async function untilRun(stage: Stage, total: number): Promise<void> {
  const haveRun = async () => (await stage.engine.stats()).prompts_run >= total;
  await eventually(haveRun, 'the engine has run them all', PATIENCE_MS);
  const haveEnded = async () => (await count(stage, 'queued,running,canceling')) === 0;
  await eventually(haveEnded, 'all have ended', PATIENCE_MS);
}

async function count({ gatewayClient }: Stage, statuses: string): Promise<number> {
  const path = `/api/v2/jobs?limit=200&status=${statuses}`;
  const { jobs } = await gatewayClient.get<{ jobs: readonly unknown[] }>(path);
  return jobs.length;
}
