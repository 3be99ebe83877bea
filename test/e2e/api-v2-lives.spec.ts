import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { aPrompt, eventually, launch, type LaunchOptions } from '@gateway/testing';

import { ApiV2Client, asset, quick, slow } from '../api-v2-client';

const KEY = 'comfyui-secret-4711';
/** Seconds: long enough to be asked for, short enough to be waited for. */
const SHORT_LIFE_S = 4;

describe('what the door acknowledged in one life of the gateway', () => {
  const options: LaunchOptions = {
    emulator: ['--step-ms', '50'],
    env: {
      COMFY_MAX_IN_FLIGHT: '1',
      ASSETS_RETENTION_H: String(SHORT_LIFE_S / 3600),
      SHUTDOWN_GRACE_S: '0.3',
      PROMPT_INTERRUPT_GRACE_S: '0.3',
    },
  };
  let api: ApiV2Client;

  beforeAll(async () => {
    api = new ApiV2Client(await launch(options));
  });

  afterAll(() => api.gateway.stop());

  /** Ends this life; the next one is on the same folders and ports. */
  async function liveAgainAfter(
    signal: 'SIGKILL' | 'SIGTERM',
    more: LaunchOptions = {},
  ): Promise<void> {
    const { process, workspace, ports } = api.gateway;
    process.signal(signal);
    const exit = await process.exited;
    expect(exit).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
    api = new ApiV2Client(await launch({ ...options, workspace, ports, ...more }));
  }

  /** A job that runs until it is canceled, so that whatever comes next has to wait. */
  async function blockEngine(): Promise<string> {
    const { id } = await api.submit(slow());
    await api.until(id, 'running');
    return id;
  }

  it('fails in the next when it needs a credential, which no file and no log ever held', async () => {
    const blocking = await blockEngine();
    const extra_data = { api_key_comfy_org: KEY };
    const { id } = await api.submit(quick(), { extra_data });
    const { stderrLines, logLines } = api.gateway.process;
    await liveAgainAfter('SIGKILL');
    await api.cancel(blocking);

    const { error } = await api.until(id, 'failed');
    expect(error).toMatchObject({ code: 'credentials_lost' });
    const files = await everyFile(api.gateway.workspace.state);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect((await readFile(file)).includes(KEY)).toBe(false);
    const said = [stderrLines, logLines, api.gateway.process.logLines];
    expect(JSON.stringify(said)).not.toContain(KEY);
  });

  it('has the assets it needs, deleted or expired, until it has ended', async () => {
    const blocking = await blockEngine();
    const deleted = await api.uploadPicture({ expires_in: '3600', file_path: 'other.png' });
    const expiring = await api.uploadPicture();
    const { id } = await api.submit(loading(expiring, deleted));
    const unheld = await api.uploadPicture();
    await eventually(async () => (await statusOf(unheld)) === 404, 'what nobody needs expires');
    expect(await api.removeAsset(deleted)).toBe(409);
    await liveAgainAfter('SIGKILL');
    expect(await statusOf(unheld)).toBe(404);
    expect(await statusOf(expiring)).toBe(200);
    expect(await api.removeAsset(deleted)).toBe(409);

    await api.cancel(blocking);
    expect((await api.until(id, 'succeeded')).outputs).toHaveLength(2);
    await eventually(async () => (await statusOf(expiring)) === 404, 'it expires at last');
    const before = await blobs();
    expect(await api.removeAsset(deleted)).toBe(204);
    expect(await statusOf(deleted)).toBe(404);
    expect(await blobs()).toBe(before - 1);
  });

  it('ends in the next when SIGTERM comes after a caller was told that it goes on', async () => {
    const { status } = await api.gateway.prompt(slow(), { id: 'late', timeout_s: 0.1 });
    expect(status).toBe(202);
    await api.until('late', 'running');
    await liveAgainAfter('SIGTERM', { emulator: [] });
    const job = await api.until('late', 'succeeded');
    expect(job.outputs).toHaveLength(1);
    expect((await fetch(job.outputs[0]?.url ?? '')).status).toBe(200);
  });

  it('keeps its key used', async () => {
    const submit = (): ReturnType<typeof api.gateway.post> => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
      return api.gateway.post('/api/v2/jobs', { workflow: quick() }, { headers });
    };
    expect((await submit()).status).toBe(201);
    await liveAgainAfter('SIGKILL');
    expect(await submit()).toMatchObject({
      status: 422,
      json: { error: { code: 'idempotency_key_reuse' } },
    });
  });

  async function blobs(): Promise<number> {
    const { workspace, ports } = api.gateway;
    return (await everyFile(join(workspace.state, `assets-${ports.gateway}`))).length;
  }

  async function statusOf(assetId: string): Promise<number> {
    return (await api.gateway.get(`/api/v2/assets/${assetId}`)).status;
  }
});

/** Loads two pictures and saves both. */
function loading(one: string, other: string): unknown {
  return aPrompt()
    .withNode('1', 'LoadImage', { image: asset(one) })
    .withNode('3', 'LoadImage', { image: asset(other) })
    .withNode('4', 'SaveImage', { images: ['3', 0], filename_prefix: 'other' })
    .build();
}

async function everyFile(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
