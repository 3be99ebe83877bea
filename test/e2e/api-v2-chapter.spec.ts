import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { eventually, launch, WebServer, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

import { Chapter } from '../chapter';

const ROOT = join(__dirname, '..', '..');
const CHAPTER = new Chapter('docs/api-v2.md');

/** For machines without it: `jq -r <path>`, which is all that the chapter asks of it. */
const JQ = `#!/usr/bin/env node
const [, , , path, file = 0] = process.argv;
const document = JSON.parse(require('fs').readFileSync(file));
console.log(new Function('document', 'return document' + path)(document));
`;

describe('docs/api-v2.md', () => {
  let gateway: LaunchedGateway;
  let receiver: WebServer;

  beforeAll(async () => {
    receiver = await WebServer.start();
    gateway = await launch({ env: { URL_ALLOW_HOSTS: '127.0.0.1' } });
    const create = { width: 20, height: 12, channels: 3, background: '#104080' } as const;
    await writeFile(at('photo.png'), await sharp({ create }).png().toBuffer());
    await mkdir(at('bin'));
    await writeFile(at('bin', 'jq'), JQ, { mode: 0o755 });
    await symlink(join(ROOT, 'node_modules'), at('node_modules'));
    await runTour();
  });

  afterAll(async () => {
    await gateway.stop();
    await receiver.stop();
  });

  it('uploads a file as shown', async () => {
    const shown = JSON.parse(CHAPTER.block('json', /created_new/)) as object;
    const asset = await json('asset.json');
    expect(Object.keys(asset)).toEqual(Object.keys(shown));
    expect(asset).toMatchObject({ created_new: true, file_path: 'photo.png' });
  });

  it('finds its bytes by their hash, and takes another asset over them', async () => {
    const [head, body = ''] = (await said(/by-hash/)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 200/);
    const { hash } = await json('asset.json');
    expect(JSON.parse(body)).toMatchObject({ hash, created_new: false });
  });

  it('refuses the same key as shown', async () => {
    const again = /idempotency-key: order-4711' -d @workflow\.json$/m;
    expect(JSON.parse(await said(again))).toEqual(
      JSON.parse(CHAPTER.block('json', /idempotency_key_reuse/)),
    );
  });

  it('watches the job to its end, and polls it', async () => {
    const stream = await said(/curl -sN/);
    expect(stream).toMatch(/^event: status\n/m);
    expect(stream.trim().split('\n').at(-1)).toBe(
      'data: {"status":"succeeded","queue_position":null}',
    );
    expect(await said(/jq -r .status job\.json/)).toBe('succeeded\n');
  });

  it('fetches the output, whole and in part', async () => {
    const whole = await readFile(at('inverted.png'));
    expect(await sharp(whole).metadata()).toMatchObject({ width: 20, height: 12 });
    expect(await readFile(at('beginning.bin'))).toEqual(whole.subarray(0, 8));
  });

  it('cancels nothing that has ended', async () => {
    expect(await said(/\/cancel/)).toBe('succeeded\n');
  });

  it('submits with all that is beyond the contract, lists by it, and calls the webhook', async () => {
    const order = await json('order.json');
    expect(order).toMatchObject({ metadata: { order: '4711' }, priority: 10 });
    expect(await json('list.json')).toMatchObject({ jobs: [{ id: order['id'] }] });
    await eventually(() => receiver.calls.length > 0, 'the webhook is called');
    expect(receiver.calls[0]?.json).toMatchObject({ type: 'prompt.complete', id: order['id'] });
  });

  it('does it all with the official SDK', async () => {
    const example = CHAPTER.block('ts', /@comfyorg\/sdk/);
    await writeFile(at('example.mjs'), example.replace("'inverted.png'", "'by-sdk.png'"));
    const env = { ...process.env, COMFY_BASE_URL: gateway.url };
    const options = { cwd: gateway.workspace.base, env };
    const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], options);
    expect(stdout).toMatch(/by-sdk\.png\n$/);
    expect(await sharp(at('by-sdk.png')).metadata()).toMatchObject({ width: 20, height: 12 });
  });

  it.each([
    ['libs/comfy-api-v2/src/error-envelope.ts', /code: '([a-z_]+)'/g],
    ['libs/comfy-api-v2/src/jobs/job-failure.body.ts', /'[a-z_.]+': '([a-z_]+)'/g],
  ])('lists every code of %s', (file, codes) => {
    const known = [...readFileSync(join(ROOT, file), 'utf8').matchAll(codes)].map(
      ([, code]) => code,
    );
    expect(known.length).toBeGreaterThan(10);
    const listed = [...CHAPTER.listed('code', 1), ...CHAPTER.listed('code')];
    expect(listed).toEqual(expect.arrayContaining([...new Set(known)]));
  });

  /** Its commands, one after another in one shell; what each block says goes into a file. */
  async function runTour(): Promise<void> {
    const script = commands()
      .map((block, index) => `{\n${block}} > said-${index}`)
      .join('\n')
      .replaceAll('http://127.0.0.1:3000', gateway.url)
      .replaceAll('https://shop.example.com/pictures', receiver.url());
    const cwd = gateway.workspace.base;
    const env = { ...process.env, PATH: `${process.env['PATH']}:${at('bin')}` };
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd, env });
  }

  async function said(part: RegExp): Promise<string> {
    const index = commands().indexOf(CHAPTER.block('sh', part));
    return readFile(at(`said-${index}`), 'utf8');
  }

  async function json(name: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await readFile(at(name), 'utf8')) as Record<string, unknown>;
  }

  function at(...path: readonly string[]): string {
    return join(gateway.workspace.base, ...path);
  }
});

/** All but the variables of the last part, which are for who runs the gateway. */
function commands(): readonly string[] {
  return CHAPTER.blocks('sh').filter((block) => !block.startsWith('PUBLIC_URL'));
}
