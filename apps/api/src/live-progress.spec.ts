import { join, resolve } from 'node:path';

import { readConfig } from '@gateway/config';
import { EventBus } from '@gateway/events';
import { ProgressBoard, type JobNews } from '@gateway/progress';
import { aPrompt, freePort, makeWorkspace, type Workspace } from '@gateway/testing';
import { request } from 'undici';

import { startGateway, type RunningGateway } from './gateway';
import { createLogger } from './logging';

const RUN_APP = resolve(__dirname, '..', '..', 'run.cjs');
const STEPS = 12;

describe('a job that an engine runs', () => {
  let workspace: Workspace;
  let gateway: RunningGateway;
  let board: ProgressBoard;

  beforeAll(async () => {
    workspace = await makeWorkspace();
    const [port, enginePort] = [await freePort(), await freePort()];
    const engine = [process.execPath, RUN_APP, '--no-build', 'comfyui-emulator'];
    engine.push('--port', String(enginePort), '--base-directory', workspace.base);
    engine.push('--step-ms', '5', '--preview-method', 'auto');
    const config = readConfig({
      CMD: engine.map((word) => JSON.stringify(word)).join(' '),
      COMFY_HOME: workspace.base,
      COMFYUI_PORT_HOST: String(enginePort),
      INPUT_DIR: workspace.input,
      OUTPUT_DIR: workspace.output,
      STATE_DIR: join(workspace.base, 'state'),
      STARTUP_CHECK_MAX_TRIES: '50',
      HOST: '127.0.0.1',
      PORT: String(port),
    });
    gateway = await startGateway({
      config,
      environment: process.env,
      logger: createLogger('silent'),
    });
    board = new ProgressBoard(gateway.app.get(EventBus));
  }, 60_000);

  afterAll(async () => {
    await gateway.stop(0);
    await workspace.remove();
  });

  it('is watched from its first node to its end, pictures included', async () => {
    const news = await run('fresh', aPrompt().sampled({ steps: STEPS }).build());
    const progress = news.flatMap((one) => (one.type === 'progress' ? [one.progress] : []));
    const values = progress.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.at(0)).toBe(0);
    expect(progress.at(-1)).toMatchObject({ value: 1, nodes_done: 6, nodes_total: 6 });
    expect(progress).toContainEqual(
      expect.objectContaining({ current_node: '13', message: `KSampler 6/${STEPS}` }),
    );
    const pictures = news.flatMap((one) => (one.type === 'preview' ? [one.preview] : []));
    expect(pictures.length).toBeGreaterThan(0);
    expect(pictures[0]?.image.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });

  it('begins with what was done before', async () => {
    const news = await run('again', aPrompt().sampled({ steps: STEPS }).build());
    const [, cached] = news.flatMap((one) => (one.type === 'progress' ? [one.progress] : []));
    // Its prefix is new, so it is saved once more.
    expect(cached).toMatchObject({ nodes_done: 5, nodes_total: 6 });
  });

  async function run(id: string, prompt: object): Promise<readonly JobNews[]> {
    const news: JobNews[] = [];
    const leave = board.watch(id, (one) => news.push(one));
    const { statusCode, body } = await request(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, prompt }),
    });
    await body.dump();
    leave();
    expect(statusCode).toBe(200);
    expect(board.size).toEqual({ jobs: 0, watched: 0 });
    return news;
  }
});
