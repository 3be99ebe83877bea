import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { launch, makeWorkspace, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

import { Chapter } from '../chapter';

const CHAPTER = new Chapter('docs/workflows.md');

describe('docs/workflows.md', () => {
  let gateway: LaunchedGateway;

  /** With the variables that the chapter sets, but for those that a test must choose itself. */
  beforeAll(async () => {
    const workspace = await makeWorkspace();
    for (const [name, text] of Object.entries(CHAPTER.files())) {
      const path = join(workspace.base, 'my-workflows', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    const start = command(/ npm start$/m);
    const variables = [...start.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    const { CMD, COMFY_HOME, WORKFLOW_DIR, ...env } = Object.fromEntries(variables) as Record<
      string,
      string
    >;
    expect([CMD, COMFY_HOME, WORKFLOW_DIR]).toEqual(['""', './comfy', './my-workflows']);
    const dir = join(workspace.base, 'my-workflows');
    gateway = await launch({ workspace, env: { ...env, WORKFLOW_DIR: dir } });
  }, 60_000);

  afterAll(() => gateway.stop());

  it('draws a canvas, in the colour that is asked for', async () => {
    await run(command(/-o canvas\.png/));
    const { dominant } = await picture('canvas.png').stats();
    expect(await picture('canvas.png').metadata()).toMatchObject({ width: 512, height: 512 });
    expect(dominant.r).toBeGreaterThan(dominant.g + dominant.b);
  });

  it('makes a thumbnail of a picture', async () => {
    await run(command(/-o canvas\.png/));
    await run(command(/-o thumbnail\.png/));
    expect(await picture('thumbnail.png').metadata()).toMatchObject({ width: 128, height: 128 });
  });

  it('answers wrong input as shown', async () => {
    expect(JSON.parse(await run(command(/"red"/)))).toEqual(answer('"issues"'));
  });

  it('reports a broken file as shown', async () => {
    const listed = JSON.parse(await run(command(/\/workflows$/m))) as { workflows: unknown[] };
    expect(listed.workflows).toContainEqual(answer('"broken"'));
    expect(listed.workflows).toHaveLength(3);
  });

  it("passes on a workflow's own words", async () => {
    const input = { image: 'example.png', width: 20 };
    const { status, json } = await gateway.post('/workflows/pictures/thumbnail', { input });
    expect([status, json.error]).toEqual([400, '20 is not a multiple of 8']);
  });

  function picture(name: string): sharp.Sharp {
    return sharp(join(gateway.workspace.base, name));
  }

  async function run(script: string): Promise<string> {
    const here = script.replaceAll('http://127.0.0.1:3000', gateway.url);
    const strict = ['-euo', 'pipefail', '-c', here];
    return (await promisify(execFile)('bash', strict, { cwd: gateway.workspace.base })).stdout;
  }
});

function command(part: RegExp): string {
  return CHAPTER.block('sh', part);
}

function answer(part: string): unknown {
  return JSON.parse(CHAPTER.block('json', new RegExp(part)));
}
