import { readFile } from 'node:fs/promises';

import { timed } from '../clients/load';
import { imageToImage } from '../graphs';
import { alone, atMost, ratio, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';
import { each, interleaved, warmUp, type Side, type Stage } from '../stage';

/** What a large picture inside of a request costs. */
export const bigInputs: Scenario = {
  name: 'big-input',
  about:
    'One prompt with a picture whose base64 has so many MB, in the JSON that is sent to the gateway. The ' +
    'direct client uploads its bytes as a form and names the file. Memory and stalls are the gateway’s. Garbage of ' +
    'earlier inputs is collected before each: left to itself, V8 lets about as much again lie.',
  async run(bench) {
    const findings: Finding[] = [];
    for (const megabytes of bench.size([30, 90], [30])) {
      findings.push(...(await measure(bench, megabytes)));
    }
    return findings;
  },
};

async function measure(bench: Bench, megabytes: number): Promise<readonly Finding[]> {
  const small = await bench.files.smallPicture();
  // Three bytes are four characters.
  const picture = await readFile(await bench.files.largePicture((megabytes * 3) / 4));
  return bench.onStage({ turbo: `file@${small}` }, async (stage) => {
    await warmUp(stage);
    const round = (side: Side) => send(stage, side, picture);
    await interleaved(stage.sides, 1, round);
    const rounds = await interleaved(stage.sides, bench.repeats, round);
    const what = `an input of ${megabytes} MB in base64`;
    const inputs = rounds.gateway.map(({ addedMb }) => addedMb / megabytes);
    const stalls = rounds.gateway.map(({ stallMs }) => stallMs);
    const times = each(rounds, ({ elapsedMs }) => elapsedMs);
    return [
      ratio({ what, figure: 'time', unit: 'ms' }, times, atMost(3)),
      alone({ what, figure: 'memory added, of the input', unit: '×' }, inputs, atMost(1.3)),
      alone({ what, figure: 'longest stall', unit: 'ms' }, stalls, atMost(50)),
    ];
  });
}

async function send(stage: Stage, side: Side, picture: Buffer) {
  const { directClient, gatewayClient, gateway } = stage;
  const work = async (): Promise<void> => {
    if (side.client === directClient) {
      const name = await directClient.upload('input.png', picture);
      await directClient.run(imageToImage(name));
    } else {
      await gatewayClient.run(imageToImage(picture.toString('base64')));
    }
  };
  const { result, ...strain } = await gateway.strainOf(() => timed(side.watched, work));
  return { elapsedMs: result.elapsedMs, ...strain };
}
