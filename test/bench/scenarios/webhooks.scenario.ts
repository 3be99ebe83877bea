import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

import { closedLoop } from '../clients/load';
import { textToImage } from '../graphs';
import { alone, atLeast, type Finding } from '../measure/finding';
import type { Bench, Scenario } from '../scenario';

const SENT_AT_ONCE = 64;
const PATIENCE_MS = 180_000;

/** Whether every webhook arrives, whatever its receiver does. */
export const webhooks: Scenario = {
  name: 'webhooks',
  about:
    'Prompts with a `webhook_v2`, accepted at once: how many of the results arrive, and how long after ' +
    'the first prompt was sent the last one does. One receiver is well; the other answers `500` to 30 % of ' +
    'the calls, drawn by job and attempt, and `PROMPT_WEBHOOK_RETRIES=10`, so the pauses between ' +
    'attempts are most of its time.',
  async run(bench) {
    const healthy = await measure(bench, 'a healthy receiver', 0);
    return [...healthy, ...(await measure(bench, 'a receiver failing 30 %', 0.3))];
  },
};

async function measure(
  bench: Bench,
  receiverName: string,
  failing: number,
): Promise<readonly Finding[]> {
  const prompts = bench.size(500, 100);
  const file = await bench.files.smallPicture();
  const setup = {
    turbo: `file@${file}`,
    connections: SENT_AT_ONCE,
    env: { PROMPT_WEBHOOK_RETRIES: '10' },
  };
  return bench.onStage(setup, async ({ gatewayClient }) => {
    const seconds: number[] = [];
    const delivered: number[] = [];
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      const receiver = await Receiver.listen(failing);
      const from = performance.now();
      let sent = 0;
      const submit = () => {
        sent += 1;
        const id = `hook-${failing}-${repeat}-${sent}`;
        const fields = { id, prompt: textToImage(), webhook_v2: receiver.url };
        return gatewayClient.answer('/prompt', fields);
      };
      const nobody = { engine: undefined, server: undefined };
      await closedLoop({ clients: SENT_AT_ONCE, prompts }, nobody, submit);
      await receiver.untilDelivered(prompts);
      seconds.push((performance.now() - from) / 1_000);
      delivered.push(receiver.delivered.size);
      receiver.close();
    }
    const what = `${prompts} webhooks, ${receiverName}`;
    return [
      alone({ what, figure: 'delivered', unit: '' }, delivered, atLeast(prompts)),
      alone({ what, figure: 'time to the last', unit: 's' }, seconds),
    ];
  });
}

/** Somebody's server, in the process of the benchmark. */
class Receiver {
  /** Ids of the jobs whose results were taken. */
  readonly delivered = new Set<string>();
  private readonly attempts = new Map<string, number>();
  private readonly server = createServer((request, response) => {
    void this.take(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  });

  private constructor(private readonly failing: number) {}

  static async listen(failing: number): Promise<Receiver> {
    const receiver = new Receiver(failing);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Resolves when so many have come, or when those that have not are given up. */
  async untilDelivered(count: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.delivered.size < count && performance.now() < deadline) await pause(10);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage): Promise<number> {
    const { id } = (await json(request)) as { readonly id: string };
    const attempt = (this.attempts.get(id) ?? 0) + 1;
    this.attempts.set(id, attempt);
    if (chance(`${id} ${attempt}`) < this.failing) return 500;
    this.delivered.add(id);
    return 200;
  }
}

/** From 0 to 1, and the same in every run. */
function chance(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE() / 2 ** 32;
}
