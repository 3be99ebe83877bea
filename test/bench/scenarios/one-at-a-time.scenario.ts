import { textToImage } from '../graphs';
import { added, atMost, beside, type Finding } from '../measure/finding';
import { percentile } from '../measure/spread';
import type { Bench, Scenario } from '../scenario';
import { each, promptRounds } from '../stage';

/** What the gateway adds to a prompt when nothing else happens. */
export const oneAtATime: Scenario = {
  name: 'one-at-a-time',
  about:
    'One client sends a prompt (seven nodes, one 20 KB PNG), waits for its picture and sends the next. ' +
    'What the gateway takes longer than the direct client is what it adds; the bare wrapper shows what ' +
    'any server would.',
  run: async (bench) => [...(await measure(bench, 0)), ...(await measure(bench, 10))],
};

async function measure(bench: Bench, delayMs: number): Promise<readonly Finding[]> {
  const file = await bench.files.smallPicture();
  const setup = { turbo: `delay@${delayMs},file@${file}`, withBare: true };
  return bench.onStage(setup, async (stage) => {
    const prompts = bench.size(1_000, 200);
    const load = { clients: 1, prompts, repeats: bench.repeats };
    const rounds = await promptRounds(stage.sidesWithBare, load, textToImage);
    const what = `one prompt at a time, engine ${delayMs} ms`;
    const at = (percent: number) =>
      each(rounds, ({ latenciesMs }) => percentile(latenciesMs, percent));
    const unanswered = each(rounds, (round) => round.unanswered);
    return [
      added({ what, figure: 'p50', unit: 'ms' }, at(50), atMost(1)),
      added({ what, figure: 'p99', unit: 'ms' }, at(99), atMost(5)),
      beside({ what, figure: 'unanswered', unit: '' }, unanswered, atMost(0)),
    ];
  });
}
