import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';

import { aPrompt, launch, residentMb, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

const BODY_MB = 60;

/** A picture, and as much after its end as makes a large file of it. */
async function aLargePicture(megabytes: number): Promise<string> {
  const picture = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#00f' } })
    .png()
    .toBuffer();
  return Buffer.concat([picture, Buffer.alloc((megabytes * 1e6 * 3) / 4)]).toString('base64');
}

async function widthOf(base64: string | undefined): Promise<number> {
  return (await sharp(Buffer.from(base64 ?? '', 'base64')).metadata()).width;
}

describe('a large body', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch({ env: { NODE_OPTIONS: '--max-old-space-size=96' } });
    await gateway.prompt(aPrompt().build());
  });

  afterAll(() => gateway.stop());

  const loading = (image: string) => aPrompt().withNode('1', 'LoadImage', { image }).build();

  /** Megabytes that the gateway had more at most while something was done. */
  async function mostMemory(work: () => Promise<unknown>): Promise<number> {
    const before = residentMb(gateway.process.pid);
    let most = before;
    const sampling = setInterval(() => {
      most = Math.max(most, residentMb(gateway.process.pid));
    }, 10);
    await work().finally(() => clearInterval(sampling));
    return most - before;
  }

  it('is in memory once, and its file in the folder of inputs until the job ends', async () => {
    const image = await aLargePicture(BODY_MB);
    const most = await mostMemory(async () => {
      const { status, json } = await gateway.prompt(loading(image));
      expect(status).toBe(200);
      expect(await widthOf(json.images[0])).toBe(8);
      expect(json.prompt['1']?.inputs['image']).toMatch(/^gateway-.*\.png$/);
    });
    expect(most).toBeLessThan(1.3 * BODY_MB);
    expect(await readdir(gateway.workspace.input)).toEqual([]);
  });

  it('may come by the official API, as a data URI', async () => {
    const image = `data:image/png;base64,${await aLargePicture(2)}`;
    const { status, json } = await gateway.post('/api/v2/jobs', { workflow: loading(image) });
    expect(status).toBe(201);
    const events = await fetch(`${gateway.url}/api/v2/jobs/${json.id}/events`);
    expect(await events.text()).toContain('"succeeded"');
  });

  it('reaches ComfyUI as it came where it is no file', async () => {
    const words = 'QUJD'.repeat(200_000);
    const { json } = await gateway.prompt({
      '1': { class_type: 'PrimitiveString', inputs: { value: words } },
      '2': { class_type: 'PreviewAny', inputs: { source: ['1', 0] } },
    });
    expect(json.outputs).toEqual([expect.objectContaining({ text: words })]);
    expect(json.prompt['1']?.inputs['value']).toBe(words);
  });

  it('is refused for what is wrong far inside of it, and leaves nothing', async () => {
    const image = await aLargePicture(2);
    const wrong = `${image.slice(0, 1_500_000)}*${image.slice(1_500_001)}`;
    const { status, json } = await gateway.prompt(loading(wrong));
    expect(status).toBe(400);
    expect(json.error).toContain('"*" at character 1500001');
    expect(json.location).toBe('prompt.1.inputs.image');
    expect(await readdir(gateway.workspace.input)).toEqual([]);
  });

  it('is refused before it has come when it says that it is too large', async () => {
    const { status } = await gateway.prompt(loading('A'.repeat(101 * 2 ** 20)));
    expect(status).toBe(413);
  });

  it.each([
    ['it is too large', '/prompt', 'application/json', 101 * 2 ** 20, 413],
    ['of what it is', '/prompt', 'text/csv', 5 * 2 ** 20, 415],
    [
      'it is too large for nobody as well',
      '/workflows/none',
      'application/json',
      101 * 2 ** 20,
      413,
    ],
  ])('is answered though it goes on after it was refused, because %s', async (...refused) => {
    const [, path, type, length, status] = refused;
    const { hostname, port } = new URL(gateway.url);
    const client = connect(Number(port), hostname);
    client.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`,
    );
    const [refusal] = (await once(client, 'data')) as [Buffer];
    expect(refusal.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const chunk = Buffer.alloc(2 ** 20, 'A');
    for (let sent = 0; sent < length; sent += chunk.length) {
      if (!client.write(chunk)) await once(client, 'drain');
    }
    // The connection serves the next request: nothing was reset, so nothing was lost on it.
    client.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    const [next] = (await once(client, 'data')) as [Buffer];
    expect(next.toString()).toMatch(/^HTTP\/1\.1 200 /);
    client.destroy();
  });

  it('is refused as soon as it is too large when it did not say', async () => {
    const chunk = new Uint8Array(2 ** 20).fill(0x20);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent < 101) controller.enqueue(chunk);
        else controller.close();
        sent += 1;
      },
    });
    const answer = await fetch(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
  });
});
