import { closedLoop } from '../clients/load';
import type { Graph } from '../graphs';
import { added, atMost } from '../measure/finding';
import { percentile } from '../measure/spread';
import type { Scenario } from '../scenario';
import { WARM_UP_PROMPTS } from '../stage';

const INPUT = { prompt: 'a lighthouse at dawn', seed: 1, checkpoint: 'test.safetensors' };

/** What a workflow file adds to its graph. */
export const workflows: Scenario = {
  name: 'workflow',
  ownGatewayOnly: true,
  about:
    'One client sends `POST /workflows/sdxl/txt2img`, and in turn the graph that it makes to `/prompt`. ' +
    'Here “direct” is `/prompt` of the same gateway.',
  async run(bench) {
    const file = await bench.files.smallPicture();
    return bench.onStage({ turbo: `file@${file}` }, async ({ gatewayClient }) => {
      const path = '/workflows/sdxl/txt2img';
      const { prompt } = await gatewayClient.answer(path, { input: INPUT });
      const workflow = () => gatewayClient.outputBytes(path, { input: INPUT });
      const plain = () => gatewayClient.outputBytes('/prompt', { prompt: resaved(prompt) });
      const p50 = async (
        send: () => Promise<unknown>,
        prompts = bench.size(500, 200),
      ): Promise<number> => {
        const load = { clients: 1, prompts };
        const round = await closedLoop(load, { engine: undefined, server: undefined }, send);
        return percentile(round.latenciesMs, 50);
      };
      await p50(workflow, WARM_UP_PROMPTS);
      await p50(plain, WARM_UP_PROMPTS);
      const pairs = { direct: [] as number[], gateway: [] as number[] };
      for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
        pairs.direct.push(await p50(plain));
        pairs.gateway.push(await p50(workflow));
      }
      const what = 'a workflow, against its graph at /prompt';
      return [added({ what, figure: 'p50', unit: 'ms' }, pairs, atMost(0.3))];
    });
  },
};

/** The graph as the workflow made it: what was run carries the id of its job in the prefix. */
function resaved(prompt: Graph): Graph {
  const { save, ...others } = prompt;
  if (!save) throw new Error('The workflow saves nothing');
  return { ...others, save: { ...save, inputs: { ...save.inputs, filename_prefix: 'ComfyUI' } } };
}
