import { request } from 'node:http';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { aPrompt, eventually, launch, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

describe('POST /prompt brings every output back', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch();
  });

  afterAll(() => gateway.stop());

  it('answers a saved picture in base64, with its name, its graph and its times', async () => {
    const { status, json } = await gateway.prompt(aPrompt().sized(96, 32).savedAs('pic').build(), {
      id: 'one-picture',
    });

    expect(status).toBe(200);
    expect(json.id).toBe('one-picture');
    expect(json.filenames).toEqual(['one-picture_pic_00001_.png']);
    expect(json.images).toHaveLength(1);
    expect(await pictureOf(json.images[0]!)).toMatchObject({
      format: 'png',
      width: 96,
      height: 32,
    });
    expect(json.outputs).toEqual([
      {
        node_id: '2',
        filename: 'one-picture_pic_00001_.png',
        type: 'image',
        content_type: 'image/png',
      },
    ]);
    expect(json.prompt['2']?.inputs['filename_prefix']).toBe('one-picture_pic');
    expect(json.stats).toMatchObject({
      comfy_execution: { nodes: { '1': { start: expect.any(Number) } } },
      preprocess_time: expect.any(Number),
      queue_time: expect.any(Number),
      comfy_round_trip_time: expect.any(Number),
      postprocess_time: expect.any(Number),
      total_time: expect.any(Number),
    });
  });

  it('answers every picture of a batch, in order', async () => {
    const { json } = await gateway.prompt(aPrompt().batchOf(4).build(), { id: 'batch' });

    expect(json.filenames).toEqual([1, 2, 3, 4].map((n) => `batch_ComfyUI_0000${n}_.png`));
    expect(json.images).toHaveLength(4);
  });

  it('keeps the folder of a prefix, and finds the file there', async () => {
    const { json } = await gateway.prompt(aPrompt().savedAs('deep/er/pic').build(), {
      id: 'folder',
    });

    expect(json.filenames).toEqual(['deep/er/folder_pic_00001_.png']);
    expect(await pictureOf(json.images[0]!)).toMatchObject({ format: 'png' });
  });

  it('answers a video from its sub-folder', async () => {
    const graph = aPrompt()
      .unsaved()
      .batchOf(3)
      .withNode('4', 'CreateVideo', { images: ['1', 0], fps: 8 })
      .withNode('5', 'SaveVideo', {
        video: ['4', 0],
        filename_prefix: 'video/ComfyUI',
        format: 'mp4',
        codec: 'h264',
      });
    const { status, json } = await gateway.prompt(graph.build(), { id: 'clip' });

    expect(status).toBe(200);
    expect(json.outputs).toMatchObject([
      {
        node_id: '5',
        filename: 'video/clip_ComfyUI_00001_.mp4',
        type: 'video',
        content_type: 'video/mp4',
      },
    ]);
    expect(Buffer.from(json.images[0]!, 'base64').toString('latin1', 4, 8)).toBe('ftyp');
  });

  it('answers text as text, beside no file', async () => {
    const { status, json } = await gateway.prompt({
      a: { class_type: 'PreviewAny', inputs: { source: 'hello' } },
    });

    expect(status).toBe(200);
    expect(json.images).toEqual([]);
    expect(json.outputs).toEqual([
      { node_id: 'a', type: 'text', content_type: 'text/plain', text: 'hello' },
    ]);
  });

  it('answers previews when nothing was saved, and leaves them out when something was', async () => {
    const previewed = aPrompt()
      .unsaved()
      .withNode('9', 'PreviewImage', { images: ['1', 0] });
    const alone = await gateway.prompt(previewed.build());
    const beside = await gateway.prompt(previewed.savedAs('kept').build(), { id: 'beside' });

    expect(alone.json.images).toHaveLength(1);
    expect(beside.json.filenames).toEqual(['beside_kept_00001_.png']);
  });

  it('gives both twins their file, though ComfyUI wrote it once', async () => {
    const twins = aPrompt()
      .savedAs('twin')
      .withNode('3', 'SaveImage', { images: ['1', 0], filename_prefix: 'twin' });
    const { json } = await gateway.prompt(twins.build(), { id: 'twins' });

    expect(json.filenames).toEqual(['twins_twin_00001_.png', 'twins_twin_00001_.png']);
    expect(json.images[0]).toBe(json.images[1]);
  });

  it('answers the same graph twice with a file each, whatever ComfyUI has cached', async () => {
    const graph = aPrompt().coloured(77).build();
    const first = await gateway.prompt(graph);
    const second = await gateway.prompt(graph);

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json.images).toHaveLength(1);
  });

  it.each(['image/*', 'image/png', 'image/png, */*;q=0.5'])(
    'answers the bytes themselves to Accept: %s',
    async (accept) => {
      const response = await fetch(`${gateway.url}/prompt`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ prompt: aPrompt().sized(40, 20).build() }),
      });

      expect(response.headers.get('content-type')).toBe('image/png');
      expect(response.headers.get('content-disposition')).toMatch(
        /^inline; filename=".*_00001_\.png"$/,
      );
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(String(bytes.length)).toBe(response.headers.get('content-length'));
      expect(await sharp(bytes).metadata()).toMatchObject({ width: 40, height: 20 });
    },
  );

  it('answers JSON to Accept: image/* when there are several outputs, so that none is lost', async () => {
    const response = await fetch(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'image/*' },
      body: JSON.stringify({ prompt: aPrompt().batchOf(2).build() }),
    });

    expect(response.headers.get('content-type')).toMatch('application/json');
  });

  it('removes a file that was answered as bytes, however fast its client hangs up', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const body = JSON.stringify({
        prompt: aPrompt()
          .sized(64, 64 + turn)
          .build(),
      });
      await new Promise<void>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', accept: 'image/png' };
        const sent = request(`${gateway.url}/prompt`, { method: 'POST', headers, agent: false });
        sent.once('error', reject);
        sent.once('response', (answer) => {
          let missing = Number(answer.headers['content-length']);
          answer.on('data', (piece: Buffer) => {
            missing -= piece.length;
            if (missing > 0) return;
            sent.destroy();
            resolve();
          });
        });
        sent.end(body);
      });
    }
    await eventually(
      async () => (await readdir(gateway.workspace.output)).every((name) => !/png$/.test(name)),
      'no picture stays',
    );
  });

  it('answers JSON to Accept: image/* when there is text beside the picture', async () => {
    const graph = aPrompt().withNode('9', 'PreviewAny', { source: 'a caption' });
    const response = await fetch(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'image/*' },
      body: JSON.stringify({ prompt: graph.build() }),
    });

    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(await response.text()).toContain('a caption');
  });

  it('removes no folder that was there before, whatever the id of the job', async () => {
    const kept = join(gateway.workspace.input, 'precious');
    await mkdir(kept);
    await writeFile(join(kept, 'keep.txt'), 'keep');
    const picture = await sharp({
      create: { width: 8, height: 8, channels: 3, background: 'teal' },
    })
      .png()
      .toBuffer();
    const graph = aPrompt().withNode('1', 'LoadImage', { image: picture.toString('base64') });

    const { status } = await gateway.prompt(graph.build(), { id: 'precious' });

    expect(status).toBe(200);
    expect(await readdir(kept)).toEqual(['keep.txt']);
    await rm(kept, { recursive: true });
  });

  it('keeps a 64-bit seed', async () => {
    const seed = 18_446_744_073_709_551_615n;
    const response = await fetch(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: aPrompt().sampled({ seed: 7 }).build() }).replace(
        '"seed":7',
        `"seed":${seed}`,
      ),
    });
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(text).toContain(`"seed":${seed}`);
  });

  it.each([
    ['webp', { quality: 70 }, 'webp'],
    ['jpeg', { quality: 70, progressive: true }, 'jpeg'],
    ['jpg', {}, 'jpeg'],
    ['png', { compressionLevel: 9 }, 'png'],
  ] as const)('converts pictures to %s', async (format, options, decoded) => {
    const id = `convert-${format}`;
    const { json } = await gateway.prompt(aPrompt().build(), {
      id,
      convert_output: { format, options },
    });

    expect(json.filenames).toEqual([`${id}_ComfyUI_00001_.${format}`]);
    expect(await pictureOf(json.images[0]!)).toMatchObject({ format: decoded, width: 64 });
  });

  it('leaves what is not a picture as it is when it converts', async () => {
    const graph = aPrompt()
      .savedAs('pic')
      .withNode('7', 'EmptyAudio', { duration: 0.2, sample_rate: 44100, channels: 1 })
      .withNode('8', 'SaveAudio', { audio: ['7', 0], filename_prefix: 'audio/sound' });
    const { json } = await gateway.prompt(graph.build(), {
      id: 'mixed',
      convert_output: { format: 'webp' },
    });

    expect(json.filenames).toEqual(['mixed_pic_00001_.webp', 'audio/mixed_sound_00001_.flac']);
  });

  it('takes a picture as base64 or data URI, runs with its name, and removes it at the end', async () => {
    const picture = await sharp({
      create: { width: 30, height: 50, channels: 3, background: 'teal' },
    })
      .jpeg()
      .toBuffer();
    const graph = (image: string) =>
      aPrompt().withNode('1', 'LoadImage', { image }).savedAs('copy').build();

    const base64 = await gateway.prompt(graph(picture.toString('base64')), { id: 'b64' });
    const dataUri = await gateway.prompt(
      graph(`data:application/octet-stream;base64,${picture.toString('base64')}`),
    );

    expect(base64.status).toBe(200);
    expect(base64.json.prompt['1']?.inputs['image']).toMatch(
      /^gateway-[0-9a-f-]{36}\/[0-9a-f]{12}\.jpg$/,
    );
    expect(await pictureOf(base64.json.images[0]!)).toMatchObject({ width: 30, height: 50 });
    expect(dataUri.status).toBe(200);
    expect(await readdir(gateway.workspace.input)).toEqual([]);
  });

  it('leaves no file of a job behind once it was delivered', async () => {
    await gateway.prompt(aPrompt().savedAs('deep/gone').batchOf(2).build(), { id: 'tidy' });

    await eventually(async () => {
      const left = await readdir(join(gateway.workspace.output, 'deep'));
      return !left.some((name) => name.startsWith('tidy'));
    }, 'the files are removed');
  });
});

async function pictureOf(base64: string): Promise<sharp.Metadata> {
  return sharp(Buffer.from(base64, 'base64')).metadata();
}
