import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { aPrompt, eventually, launch, WebServer, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

const JOBS = 90;

describe('when ComfyUI is killed again and again under load', () => {
  let gateway: LaunchedGateway;
  let web: WebServer;

  beforeAll(async () => {
    web = await WebServer.start();
    gateway = await launch({
      emulator: ['--step-ms', '10'],
      env: {
        ALWAYS_RESTART_COMFYUI: 'true',
        RESTART_DELAY_S: '0.05',
        URL_ALLOW_HOSTS: '127.0.0.1',
        PROMPT_WEBHOOK_RETRIES: '10',
      },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await web.stop();
  });

  it('tells every accepted job exactly how it ended, and leaves no file behind', async () => {
    const picture = await sharp({
      create: { width: 16, height: 16, channels: 3, background: '#08f' },
    })
      .png()
      .toBuffer();
    const url = web.serve('/picture.png', picture, 'image/png');
    let turn = 0;
    web.always((response) => {
      turn += 1;
      response.statusCode = turn % 4 === 0 ? 503 : 200;
      response.end();
    });

    const accepted = Array.from({ length: JOBS }, async (_, n) => {
      const image = [picture.toString('base64'), url][n % 2];
      const graph = aPrompt()
        .sampled({ seed: n, steps: 4 })
        .withNode('20', 'LoadImage', { image })
        .withNode('21', 'SaveImage', { images: ['20', 0], filename_prefix: 'input' })
        .build();
      const { status } = await gateway.prompt(graph, { id: `job-${n}`, webhook: web.url('/hook') });
      return status;
    });
    const kills = (async () => {
      for (let kill = 0; kill < 3; kill += 1) {
        await gateway.untilReady();
        await eventually(() => running(gateway) > kill * 8 + 4, 'some ran');
        killEngine(gateway);
        await eventually(async () => (await gateway.get('/ready')).status === 503, 'it is noticed');
      }
    })();
    expect(new Set(await Promise.all(accepted))).toEqual(new Set([202]));
    await kills;

    const told = (): ReadonlyMap<string, readonly unknown[]> => {
      const events = new Map<string, unknown[]>();
      const delivered = web.calls.filter(({ path }) => path === '/hook');
      for (const { json } of delivered) {
        const id = String(json['id']);
        events.set(id, [...(events.get(id) ?? []), json['event']]);
      }
      return events;
    };
    await eventually(() => terminal(gateway) === JOBS, 'every job has ended', 60_000);
    await eventually(() => told().size === JOBS, 'every job is told', 30_000);
    for (const events of told().values()) {
      // Two pictures or one failure; a call that was answered 503 came again.
      const kinds = new Set(events);
      expect(kinds.size).toBe(1);
    }
    await eventually(async () => (await readdir(gateway.workspace.input)).length === 0, 'inputs');
    await eventually(async () => (await readdir(gateway.workspace.output)).length === 0, 'outputs');
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  }, 120_000);
});

function transitions({ process }: LaunchedGateway, ...to: readonly unknown[]): number {
  return process.logLines.filter((line) => line['msg'] === 'job' && to.includes(line['to'])).length;
}

const running = (gateway: LaunchedGateway): number => transitions(gateway, 'running');
const terminal = (gateway: LaunchedGateway): number =>
  transitions(gateway, 'succeeded', 'failed', 'canceled', 'expired');

function killEngine({ workspace, ports }: LaunchedGateway): void {
  const record = readFileSync(join(workspace.state, `comfyui-${ports.engine}.json`), 'utf8');
  process.kill((JSON.parse(record) as { readonly pid: number }).pid, 'SIGKILL');
}
