import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import { eventually } from '@gateway/testing';

import { timed } from '../clients/load';
import { textToImage } from '../graphs';
import { alone, atMost, type Finding, type Unit } from '../measure/finding';
import type { Scenario } from '../scenario';
import { warmUp, type Stage } from '../stage';

interface Transfer {
  readonly megabytesPerSecond: number;
  readonly addedMb: number;
  readonly stallMs: number;
}

interface OutputsOf {
  readonly status: string;
  readonly outputs: readonly { readonly id: string }[];
}

const PATIENCE_MS = 120_000;

/** Whether large files of clients and jobs pass through. */
export const assets: Scenario = {
  name: 'assets',
  about:
    'One upload to `/api/v2/assets`, with new content each time, and one output of that size fetched from ' +
    '`/api/v2/assets/{id}/content` after its job has ended: neither has a counterpart in ComfyUI.',
  async run(bench) {
    const megabytes = bench.size(1_024, 100);
    const file = await bench.files.largePicture(megabytes);
    return bench.onStage({ turbo: '' }, async (stage) => {
      await warmUp(stage);
      await stage.tune(`file@${file}`);
      const uploads: Transfer[] = [];
      const downloads: Transfer[] = [];
      for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
        uploads.push(await transfer(stage, megabytes, () => upload(stage, megabytes)));
        const id = await keptOutput(stage);
        const fetch = () => stage.gatewayClient.download(`/api/v2/assets/${id}/content`);
        downloads.push(await transfer(stage, megabytes, fetch));
      }
      return [
        ...figures(`an upload of ${megabytes} MB`, uploads),
        ...figures(`a kept output of ${megabytes} MB`, downloads),
      ];
    });
  },
};

function figures(what: string, transfers: readonly Transfer[]): readonly Finding[] {
  const line = (figure: string, unit: Unit, of: (one: Transfer) => number, most?: number) =>
    alone({ what, figure, unit }, transfers.map(of), most === undefined ? most : atMost(most));
  return [
    line('MB/s', '/s', ({ megabytesPerSecond }) => megabytesPerSecond),
    line('memory added', 'MB', ({ addedMb }) => addedMb, 64),
    line('longest stall', 'ms', ({ stallMs }) => stallMs, 20),
  ];
}

async function transfer(
  { gateway, through }: Stage,
  megabytes: number,
  work: () => Promise<unknown>,
): Promise<Transfer> {
  const { result, ...strain } = await gateway.strainOf(() => timed(through.watched, work));
  return { megabytesPerSecond: megabytes / (result.elapsedMs / 1_000), ...strain };
}

async function upload({ gatewayClient }: Stage, megabytes: number): Promise<void> {
  const boundary = `bench-${randomBytes(8).toString('hex')}`;
  const field = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const head =
    field('content_type', 'application/octet-stream') +
    field('file_path', 'large.bin') +
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n` +
    'Content-Type: application/octet-stream\r\n\r\n';
  const megabyte = randomBytes(2 ** 20);
  function* parts(): Generator<Buffer> {
    yield Buffer.from(head);
    for (let count = 0; count < megabytes; count += 1) yield megabyte;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  await gatewayClient.upload('/api/v2/assets', Readable.from(parts()), boundary);
}

/** The output of a job that nobody waits for. */
async function keptOutput({ gatewayClient }: Stage): Promise<string> {
  const id = await gatewayClient.submit({ prompt: textToImage() });
  const ended = async (): Promise<OutputsOf | false> => {
    const job = await gatewayClient.get<OutputsOf>(`/api/v2/jobs/${id}`);
    return job.status === 'succeeded' && job;
  };
  const { outputs } = await eventually(ended, 'the job has ended', PATIENCE_MS);
  const [output] = outputs;
  if (!output) throw new Error('The job has no output');
  return output.id;
}
