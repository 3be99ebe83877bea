import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { launch, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

const CLIENT = join(__dirname, '..', 'sdk', 'client.mjs');

/** What the official SDK makes of the gateway, in a process of its own: it is an ES module. */
describe('the official SDK', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch({
      emulator: ['--step-ms', '50', '--preview-method', 'auto'],
      env: { COMFY_MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '1', SHUTDOWN_GRACE_S: '1' },
    });
  });

  afterAll(() => gateway.stop());

  async function sdk(scenario: string, ...words: readonly string[]): Promise<unknown> {
    const env = { ...process.env, COMFY_BASE_URL: gateway.url };
    const run = promisify(execFile)(process.execPath, [CLIENT, scenario, ...words], { env });
    return JSON.parse((await run).stdout) as unknown;
  }

  it('runs a workflow and takes its outputs, whole, in ranges and by their links', async () => {
    expect(await sdk('run')).toMatchObject({
      status: 'succeeded',
      outputs: 1,
      type: 'image',
      bytes: true,
      range: 'PNG',
      format: 'api',
      graph: { '1': { class_type: 'EmptyImage' } },
      linked: true,
    });
  });

  it('brings a file once, runs a workflow that refers to it, and deletes it', async () => {
    const file = join(gateway.workspace.base, 'photo.png');
    const create = { width: 16, height: 16, channels: 3, background: '#123' } as const;
    await writeFile(file, await sharp({ create }).png().toBuffer());
    expect(await sdk('assets', file)).toMatchObject({
      createdNew: [true, false],
      status: 'succeeded',
      outputs: 1,
      deleted: { name: 'NotFound' },
    });
  });

  it('follows a job to its end', async () => {
    expect(await sdk('events')).toEqual({
      kinds: ['outputReady', 'preview', 'progress', 'statusChange'],
      rises: true,
      last: 'succeeded',
      output: true,
    });
  });

  it('cancels a job that waits and one that runs', async () => {
    expect(await sdk('cancel')).toMatchObject(['canceled', 'canceled', { name: 'JobFailed' }]);
  });

  it('throws what is wrong as what it is', async () => {
    expect(await sdk('errors')).toMatchObject({
      ui: { name: 'WorkflowFormatUi' },
      invalid: {
        name: 'InvalidWorkflow',
        details: { node_errors: { '1': [{ field: 'width', reason: 'value_smaller_than_min' }] } },
      },
      missing: { name: 'MissingAsset' },
      first: 'nothing',
      again: { name: 'IdempotencyKeyReuse' },
      nobody: { name: 'NotFound' },
    });
  });

  it('says which failure ended a job', async () => {
    expect(await sdk('failure')).toEqual({ name: 'JobFailed', code: 'node_execution_error' });
  });

  it('comes again by itself while the queue is full', async () => {
    expect(await sdk('full')).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });
});
