import { readFile } from 'node:fs/promises';

import sharp from 'sharp';

import { closedLoop } from '../clients/load';
import { textToImage } from '../graphs';
import { atLeast, ratio, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';
import { promptRounds } from '../stage';

const AT_ONCE = 8;
const FORMATS = ['webp', 'jpeg', 'avif'] as const;

/** What converting a picture here costs beyond converting it. */
export const pictures: Scenario = {
  name: 'pictures',
  about:
    'PNGs of 1024 × 1024 pixels, converted by `convert_output`, 8 prompts at a time, against sharp in the ' +
    "benchmark's own process, 8 at a time, which only converts: no request, no file, no engine.",
  async run(bench) {
    const file = await bench.files.photograph();
    const turbo = `parallel@${AT_ONCE}`;
    const setup = {
      turbo: `${turbo},file@${await bench.files.smallPicture()}`,
      connections: AT_ONCE,
      env: { COMFY_MAX_IN_FLIGHT: String(AT_ONCE) },
    };
    return bench.onStage(setup, async (stage) => {
      const { gatewayClient, sides } = stage;
      const small = { clients: AT_ONCE, prompts: 1, repeats: 1 };
      await promptRounds(sides, small, textToImage);
      await stage.tune(`${turbo},file@${file}`);
      const bytes = await readFile(file);
      const findings: Finding[] = [];
      for (const format of FORMATS) {
        const inProcess = () => sharp(bytes)[format]().toBuffer();
        const through = () =>
          gatewayClient.outputBytes('/prompt', {
            prompt: textToImage(),
            convert_output: { format },
          });
        findings.push(await compare(bench, format, inProcess, through));
      }
      return findings;
    });
  },
};

async function compare(
  bench: Bench,
  format: (typeof FORMATS)[number],
  inProcess: () => Promise<unknown>,
  through: () => Promise<unknown>,
): Promise<Finding> {
  const prompts = format === 'avif' ? bench.size(24, 8) : bench.size(200, 40);
  const rate = async (convert: () => Promise<unknown>): Promise<number> => {
    const load = { clients: AT_ONCE, prompts };
    const nobody = { engine: undefined, server: undefined };
    const { latenciesMs, elapsedMs } = await closedLoop(load, nobody, convert);
    return latenciesMs.length / (elapsedMs / 1_000);
  };
  await rate(inProcess);
  await rate(through);
  const pairs = { direct: [] as number[], gateway: [] as number[] };
  for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
    pairs.direct.push(await rate(inProcess));
    pairs.gateway.push(await rate(through));
  }
  const what = `1024² PNG → ${format}, ${AT_ONCE} at a time`;
  return ratio({ what, figure: 'pictures/s', unit: '/s' }, pairs, atLeast(0.9));
}
