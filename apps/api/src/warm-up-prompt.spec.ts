import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PromptGraph } from '@gateway/comfy-protocol';
import { OutboundFetcher } from '@gateway/outbound';
import { WebServer } from '@gateway/testing';

import { checkpointOf, readWarmUpPrompt } from './warm-up-prompt';

const GRAPH: PromptGraph = {
  '1': { class_type: 'VAELoader', inputs: { vae_name: 'x' } },
  '2': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'a.safetensors' } },
  '3': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'b.safetensors' } },
};

describe('the warm-up prompt', () => {
  let folder: string;
  let web: WebServer;
  let fetcher: OutboundFetcher;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warm-up-'));
    web = await WebServer.start();
    fetcher = new OutboundFetcher({
      allowPrivateNetworks: false,
      allowHosts: [],
      denyHosts: [],
      maxBytes: 1000,
      timeoutMs: 1000,
    });
  });

  afterEach(async () => {
    await fetcher.close();
    await web.stop();
    await rm(folder, { recursive: true });
  });

  function read(from: { readonly warmUpFile?: string; readonly warmUpUrl?: string }) {
    const { warmUpFile, warmUpUrl } = from;
    const workflows = { dir: '', watch: false, markdownDescriptions: true, warmUpFile, warmUpUrl };
    return readWarmUpPrompt(workflows, fetcher);
  }

  it('is none when none is configured', async () => {
    expect(await read({})).toBeUndefined();
  });

  it('is read from a file', async () => {
    const warmUpFile = join(folder, 'warm.json');
    await writeFile(warmUpFile, JSON.stringify(GRAPH));
    expect(await read({ warmUpFile })).toEqual(GRAPH);
  });

  it('may be wrapped as it is for POST /prompt', async () => {
    const warmUpFile = join(folder, 'warm.json');
    await writeFile(warmUpFile, JSON.stringify({ prompt: GRAPH, id: 'x' }));
    expect(await read({ warmUpFile })).toEqual(GRAPH);
    const named = { prompt: GRAPH['1'], other: GRAPH['2'] };
    await writeFile(warmUpFile, JSON.stringify(named));
    expect(await read({ warmUpFile })).toEqual(named);
    await writeFile(warmUpFile, JSON.stringify({ prompt: { nodes: [], links: [] } }));
    await expect(read({ warmUpFile })).rejects.toThrow('not a prompt in API format');
  });

  it("is read from an address of the operator's, wherever that is", async () => {
    const warmUpUrl = web.serve('/warm.json', Buffer.from(JSON.stringify(GRAPH)));
    expect(await read({ warmUpUrl })).toEqual(GRAPH);
  });

  it('that is not there is told with its address', async () => {
    web.always(404);
    await expect(read({ warmUpUrl: web.url('/none.json') })).rejects.toMatchObject({
      code: 'config.warm_up_prompt',
      message: expect.stringMatching(/^WARMUP_PROMPT_URL cannot be fetched: .*404\.$/),
    });
    await expect(read({ warmUpFile: join(folder, 'none.json') })).rejects.toMatchObject({
      message: expect.stringMatching(/^WARMUP_PROMPT_FILE cannot be read: .*no such file\)\.$/),
    });
  });

  it('names the checkpoint it loads first', () => {
    expect(checkpointOf(GRAPH)).toBe('a.safetensors');
    expect(checkpointOf({})).toBeUndefined();
    expect(checkpointOf(undefined)).toBeUndefined();
    const linked = {
      '1': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: ['2', 0] } },
    };
    expect(checkpointOf(linked)).toBeUndefined();
  });
});
