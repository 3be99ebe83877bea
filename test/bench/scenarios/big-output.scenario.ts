import { timed } from '../clients/load';
import { textToImage } from '../graphs';
import { alone, atMost, ratio, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';
import { each, interleaved, warmUp, type Side, type Stage } from '../stage';

interface Delivery {
  readonly elapsedMs: number;
  readonly addedMb: number;
  readonly stallMs: number;
}

interface Form {
  readonly name: string;
  readonly accept: string;
}

const FORMS: readonly Form[] = [
  { name: 'base64 in JSON', accept: 'application/json' },
  { name: 'bytes', accept: 'image/*' },
];

/** Whether large outputs pass through, or pile up. */
export const bigOutputs: Scenario = {
  name: 'big-output',
  about:
    'One output of so many MB, answered as base64 in JSON and as bytes (`Accept: image/*`), against the ' +
    'same bytes from `/view`. Memory is what the gateway held at its peak beyond what it held before the first of them; a ' +
    'stall is the longest time in which its event loop did nothing else.',
  async run(bench) {
    const findings: Finding[] = [];
    for (const megabytes of bench.size([50, 300, 1024], [50, 300])) {
      findings.push(...(await measure(bench, megabytes)));
    }
    return findings;
  },
};

async function measure(bench: Bench, megabytes: number): Promise<readonly Finding[]> {
  const file = await bench.files.largePicture(megabytes);
  return bench.onStage({ turbo: '' }, async (stage) => {
    await warmUp(stage);
    await stage.tune(`file@${file}`);
    const findings: Finding[] = [];
    for (const form of FORMS) {
      const round = (side: Side) => deliver(stage, side, form, megabytes * 2 ** 20);
      await interleaved(stage.sides, 1, round);
      const rounds = await interleaved(stage.sides, bench.repeats, round);
      const what = `an output of ${megabytes} MB, ${form.name}`;
      const added = rounds.gateway.map(({ addedMb }) => addedMb);
      const stalls = rounds.gateway.map(({ stallMs }) => stallMs);
      const times = each(rounds, ({ elapsedMs }) => elapsedMs);
      findings.push(
        ratio({ what, figure: 'time', unit: 'ms' }, times, atMost(1.5)),
        alone({ what, figure: 'memory added', unit: 'MB' }, added, atMost(64)),
        alone({ what, figure: 'longest stall', unit: 'ms' }, stalls, atMost(20)),
      );
    }
    return findings;
  });
}

async function deliver(
  stage: Stage,
  side: Side,
  { accept }: Form,
  bytes: number,
): Promise<Delivery> {
  const prompt = textToImage();
  const isDirect = side.client === stage.directClient;
  const fetch = () =>
    isDirect ? side.client.run(prompt) : stage.gatewayClient.answerBytes({ prompt }, accept);
  const { result, ...strain } = await stage.gateway.strainOf(() => timed(side.watched, fetch));
  if (result.result < bytes) throw new Error(`${result.result} of ${bytes} bytes came`);
  return { elapsedMs: result.elapsedMs, ...strain };
}
