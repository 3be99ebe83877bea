import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import sharp from 'sharp';

import { EngineClient, type Answer } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';

describe("the emulator's files", () => {
  let emulator: EmulatorChild;
  let engine: EngineClient;
  let picture: Buffer;

  beforeAll(async () => {
    emulator = launchEmulator();
    engine = new EngineClient(await emulator.url);
    picture = await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    })
      .png()
      .toBuffer();
    const output = join(emulator.baseDirectory, 'output');
    mkdirSync(join(output, 'sub'), { recursive: true });
    writeFileSync(join(output, 'a.png'), picture);
    writeFileSync(join(output, 'sub', 'b.png'), picture);
    writeFileSync(join(output, 'page.html'), '<p>');
    writeFileSync(join(output, 'text.txt'), '0123456789');
  });

  afterAll(() => emulator.stop());

  it.each([
    ['', 404],
    ['filename=', 400],
    ['filename=/etc/passwd', 400],
    ['filename=a..b.png', 400],
    ['filename=a.png&type=elsewhere', 400],
    ['filename=a.png&subfolder=../..', 403],
    ['filename=missing.png', 404],
    ['filename=a.png', 200],
    ['filename=sub/a.png', 200],
    ['filename=b.png&subfolder=sub', 200],
    ['filename=a.png%20[output]&type=input', 200],
    ['filename=a.png%20[input]', 404],
    ['filename=text.txt&preview=webp', 500],
  ])('answers /view?%s with %i', async (query, status) => {
    expect((await engine.get(`/view?${query}`)).status).toBe(status);
  });

  it('sends a file with its type, name and validators', async () => {
    const { headers } = await engine.get('/view?filename=a.png');
    expect(headers.get('content-type')).toBe('image/png');
    expect(headers.get('content-disposition')).toBe('filename="a.png"');
    expect(headers.get('accept-ranges')).toBe('bytes');
    const unchanged = { 'if-none-match': headers.get('etag') ?? '' };
    expect((await engine.get('/view?filename=a.png', unchanged)).status).toBe(304);
    const modified = { 'if-modified-since': headers.get('last-modified') ?? '' };
    expect((await engine.get('/view?filename=a.png', modified)).status).toBe(304);
  });

  it('does not let a browser run what it finds', async () => {
    const { headers } = await engine.get('/view?filename=page.html');
    expect(headers.get('content-type')).toBe('application/octet-stream');
  });

  it.each([
    ['bytes=2-4', 206, '234'],
    ['bytes=-3', 206, '789'],
    ['bytes=8-', 206, '89'],
    ['bytes=20-', 416, ''],
  ])('answers the range %s with %i', async (range, status, text) => {
    const answer = await engine.get('/view?filename=text.txt', { range });
    expect([answer.status, answer.text]).toEqual([status, text]);
  });

  it('gives the length of a file to HEAD', async () => {
    const answer = await engine.send('/view?filename=text.txt', { method: 'HEAD' });
    expect(answer.headers.get('content-length')).toBe('10');
  });

  it.each([
    ['preview=jpeg;50', 'image/jpeg'],
    ['preview=png', 'image/webp'],
    ['preview=jpeg&channel=a', 'image/webp'],
    ['channel=rgb', 'image/png'],
    ['channel=a', 'image/png'],
  ])('renders %s as %s', async (query, type) => {
    const { headers, status } = await engine.get(`/view?filename=a.png&${query}`);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
  });

  it('keeps an upload under its name, and twins of other content beside it', async () => {
    const names = [];
    for (const content of ['one', 'one', 'two', 'three']) {
      names.push((await upload({ name: 'same.txt', content })).json['name']);
    }
    expect(names).toEqual(['same.txt', 'same.txt', 'same (1).txt', 'same (2).txt']);
    const replaced = await upload({ name: 'same.txt', content: 'four', overwrite: 'true' });
    expect(replaced.json['name']).toBe('same.txt');
    expect((await engine.get('/view?filename=same.txt&type=input')).text).toBe('four');
    const kept = await upload({ name: 'same.txt', content: 'five', overwrite: 'True' });
    expect(kept.json['name']).toBe('same (3).txt');
  });

  it('creates the subfolder of an upload and says it back', async () => {
    const { json } = await upload({
      name: 'x.txt',
      content: 'x',
      subfolder: 'deep/er',
      type: 'temp',
    });
    expect(json).toEqual({ name: 'x.txt', subfolder: 'deep/er', type: 'temp' });
    expect((await engine.get('/view?filename=x.txt&type=temp&subfolder=deep/er')).text).toBe('x');
  });

  it.each([
    ['a subfolder outside', { name: 'x.txt', content: 'x', subfolder: '../../x' }, 400],
    ['a name outside', { name: '../../x.txt', content: 'x' }, 400],
    ['an unknown type', { name: 'x.txt', content: 'x', type: 'elsewhere' }, 500],
    ['a folder in the name', { name: 'no/such/x.txt', content: 'x' }, 500],
    ['another field', { name: 'x.txt', content: 'x', field: 'file' }, 400],
  ])('refuses %s', async (_case, form, status) => {
    expect((await upload(form)).status).toBe(status);
  });

  it('refuses an upload that is not multipart', async () => {
    expect((await engine.post('/upload/image', 'bytes')).status).toBe(400);
  });

  it("merges a mask's alpha into the original", async () => {
    const mask = await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const original = JSON.stringify({ filename: 'a.png', type: 'output', subfolder: '' });
    const answer = await upload({ name: 'm.png', content: mask, original_ref: original }, 'mask');
    expect(answer.json['name']).toBe('m.png');
    const merged = await sharp(join(emulator.baseDirectory, 'input', 'm.png'))
      .raw()
      .toBuffer();
    expect([...merged.subarray(0, 4)]).toEqual([255, 0, 0, 0]);
  });

  it('says yes to a mask of nothing, and writes nothing', async () => {
    const original = JSON.stringify({ filename: 'missing.png' });
    const answer = await upload({ name: 'n.png', content: 'x', original_ref: original }, 'mask');
    expect(answer.status).toBe(200);
    expect((await engine.get('/view?filename=n.png&type=input')).status).toBe(404);
    expect((await upload({ name: 'n.png', content: 'x' }, 'mask')).status).toBe(500);
  });

  async function upload(
    form: {
      readonly name: string;
      readonly content: string | Buffer;
      readonly field?: string;
      readonly [more: string]: string | Buffer | undefined;
    },
    route = 'image',
  ): Promise<Answer> {
    const { name, content, field = 'image', ...fields } = form;
    const body = new FormData();
    body.set(field, new Blob([new Uint8Array(Buffer.from(content))]), name);
    for (const [key, value] of Object.entries(fields)) body.set(key, String(value));
    return engine.send(`/upload/${route}`, { method: 'POST', body });
  }
});
