import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  freePort,
  launch,
  makeWorkspace,
  type AnswerJson,
  type LaunchedGateway,
} from '@gateway/testing';
import sharp from 'sharp';
import { Agent, fetch } from 'undici';

import { listEngine, missingFor } from '../models/engine-listing';
import { FAMILY_GRAPHS, type Expected, type FamilyGraph } from '../models/families';
import { readGraph, withInput, type Graph } from '../models/family-graph';

/** A real ComfyUI to run the graphs on; the emulator otherwise. */
const COMFYUI_URL = process.env['COMFYUI_URL'];
const listing = COMFYUI_URL === undefined ? undefined : listEngine(COMFYUI_URL);

/** A real engine loads models of many gigabytes first. */
const PATIENCE_MS = COMFYUI_URL === undefined ? 60_000 : 45 * 60_000;
const patient = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });

describe(`on ${COMFYUI_URL ?? 'the emulator'}`, () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = COMFYUI_URL === undefined ? await launchWithModels() : await attachTo(COMFYUI_URL);
  });

  afterAll(async () => {
    await gateway.stop();
    await patient.close();
  });

  for (const family of FAMILY_GRAPHS) {
    itRuns(family, `saves ${describeOutput(family.saves)}`, async () => {
      const { images, outputs } = await run(gateway, await readyToRun(family.name));

      expect(outputs).toMatchObject([{ content_type: family.saves.contentType }]);
      expect(images).toHaveLength(1);
      await expectOutput(Buffer.from(images[0]!, 'base64'), family.saves);
    });
  }

  it('finds the models of these graphs in GET /models', async () => {
    const { json } = await gateway.get('/models');
    for (const { needs } of FAMILY_GRAPHS.filter((family) => missing(family).length === 0)) {
      for (const [type, files] of Object.entries(needs)) {
        expect(json[type]).toEqual(expect.arrayContaining([...files]));
      }
    }
  });

  itRuns(
    FAMILY_GRAPHS[0]!,
    'draws the same picture again, and another one with another seed',
    async () => {
      const graph = readGraph(FAMILY_GRAPHS[0]!.name);
      const draw = async (seed: number): Promise<Buffer> => {
        const { images } = await run(gateway, withInput(graph, 'KSampler', 'seed', seed));
        return sharp(Buffer.from(images[0]!, 'base64')).raw().toBuffer();
      };

      const first = await draw(1);
      const other = await draw(2);
      // ComfyUI keeps the results of the last prompt only: this one is drawn anew.
      const again = await draw(1);

      expect(difference(first, again)).toBeLessThan(1);
      expect(difference(first, other)).toBeGreaterThan(4);
    },
  );
});

/** A test of one graph, skipped by name where the engine has not got all it takes. */
function itRuns(family: FamilyGraph, does: string, test: () => Promise<void>): void {
  const lacks = missing(family);
  if (lacks.length > 0) it.skip(`${family.name} ${does} (missing: ${lacks.join(', ')})`, test);
  else it(`${family.name} ${does}`, test, PATIENCE_MS);
}

function missing(family: FamilyGraph): readonly string[] {
  return listing === undefined ? [] : missingFor(family, listing);
}

/** A gateway with its emulator; the emulator only looks at the names of models. */
async function launchWithModels(): Promise<LaunchedGateway> {
  const workspace = await makeWorkspace();
  const files = FAMILY_GRAPHS.flatMap(({ needs }) => Object.entries(needs)).flatMap(
    ([type, names]) => names.map((name) => join(workspace.base, 'models', type, name)),
  );
  for (const file of new Set(files)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '');
  }
  return launch({ workspace });
}

async function attachTo(url: string): Promise<LaunchedGateway> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'http:') throw new Error(`The gateway attaches over http, not ${protocol}`);
  const ports = { gateway: await freePort(), engine: Number(port === '' ? 80 : port) };
  const workspace = await makeWorkspace();
  // Not our folders: files come and go over HTTP.
  const elsewhere = join(workspace.base, 'not', 'here');
  return launch({
    ports,
    workspace,
    command: () => '',
    env: { DIRECT_ADDRESS: hostname, INPUT_DIR: elsewhere, OUTPUT_DIR: elsewhere },
  });
}

/** The graph of that name, with a picture of ours where it loads one. */
async function readyToRun(name: string): Promise<Graph> {
  const picture = await sharp({
    create: { width: 640, height: 480, channels: 3, background: 'teal' },
  })
    .jpeg()
    .toBuffer();
  return withInput(readGraph(name), 'LoadImage', 'image', picture.toString('base64'));
}

/** `POST /prompt`, with more patience than the fetch of Node has. */
async function run(gateway: LaunchedGateway, prompt: Graph): Promise<AnswerJson> {
  const response = await fetch(`${gateway.url}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt }),
    dispatcher: patient,
  });
  const json = (await response.json()) as AnswerJson;
  expect([response.status, json.error, json.node_errors]).toEqual([200, undefined, undefined]);
  return json;
}

function describeOutput(expected: Expected): string {
  switch (expected.contentType) {
    case 'image/png':
      return `a picture of ${expected.width} × ${expected.height}`;
    case 'image/webp':
      return `an animation of ${expected.width} × ${expected.height}`;
    case 'video/mp4':
      return 'an MP4 video';
    case 'video/webm':
      return 'a WebM video';
  }
}

async function expectOutput(bytes: Buffer, expected: Expected): Promise<void> {
  switch (expected.contentType) {
    case 'image/png': {
      const { width, height } = expected;
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width, height });
      // All of it can be read, and it is no empty canvas.
      const { channels } = await sharp(bytes).stats();
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(1);
      return;
    }
    case 'image/webp': {
      const { width, height } = expected;
      const { format, pages, ...size } = await sharp(bytes, { animated: true }).metadata();
      expect([format, size.width, size.pageHeight]).toEqual(['webp', width, height]);
      expect(pages).toBeGreaterThan(1);
      return;
    }
    case 'video/mp4':
      expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
      // Its only track is the video: the table of sample sizes has an entry for each frame.
      expect(bytes.readUInt32BE(bytes.lastIndexOf('stsz') + 12)).toBeGreaterThan(1);
      return;
    case 'video/webm':
      expect(bytes.subarray(0, 4)).toEqual(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]));
      expect(bytes.toString('latin1', 4, 128)).toContain('webm');
      return;
  }
}

/** Mean distance of two pictures' values, 0 to 255. */
function difference(one: Buffer, two: Buffer): number {
  return one.reduce((sum, value, at) => sum + Math.abs(value - two[at]!), 0) / one.length;
}
