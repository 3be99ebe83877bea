import { closedLoop } from '../clients/load';
import { textToImage } from '../graphs';
import { alone, atMost, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';

const SENT_AT_ONCE = 64;

/** What a job that waits holds of the gateway's memory. */
export const queuedJobs: Scenario = {
  name: 'queued-jobs',
  ownGatewayOnly: true,
  about:
    'So many accepted prompts behind one that does not end. Heap and buffers are read after a garbage ' +
    'collection, before and after; the size of the graphs as JSON is taken off.',
  async run(bench) {
    const findings: Finding[] = [];
    for (const jobs of bench.size([1_000, 10_000], [1_000])) {
      findings.push(await measure(bench, jobs));
    }
    return findings;
  },
};

async function measure(bench: Bench, jobs: number): Promise<Finding> {
  const perJob: number[] = [];
  for (let repeat = 0; repeat < bench.repeats; repeat += 1) perJob.push(await fill(bench, jobs));
  const what = `${jobs.toLocaleString('en')} jobs that wait`;
  const figure = 'memory of a job beyond its graph';
  return alone({ what, figure, unit: 'KB' }, perJob, atMost(20));
}

function fill(bench: Bench, jobs: number): Promise<number> {
  const setup = { turbo: 'delay@3600000', connections: SENT_AT_ONCE };
  return bench.onStage(setup, async ({ gateway, gatewayClient }) => {
    const nobody = { engine: undefined, server: undefined };
    const submit = () => gatewayClient.submit({ prompt: textToImage() });
    // The first ones make what is made once.
    await closedLoop({ clients: SENT_AT_ONCE, prompts: 100 }, nobody, submit);
    const before = await gateway.heapBytes();
    const load = { clients: SENT_AT_ONCE, prompts: jobs };
    const { unanswered } = await closedLoop(load, nobody, submit);
    if (unanswered > 0) throw new Error(`${unanswered} prompts were not accepted`);
    const graph = JSON.stringify(textToImage()).length;
    return ((await gateway.heapBytes()) - before) / jobs / 1_024 - graph / 1_024;
  });
}
