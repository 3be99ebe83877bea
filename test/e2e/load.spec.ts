import { readdir } from 'node:fs/promises';

import { Agent, request } from 'undici';

import {
  aPrompt,
  eventually,
  launch,
  openDescriptors,
  residentMb,
  type AnswerJson,
  type LaunchedGateway,
} from '@gateway/testing';

/** Requests that are sent together; the next ones follow when all of these are in the queue. */
const BATCH = 100;
const CROWD = 1000;
/** Makes V8 collect early, so that the process's memory shows what is kept, not what is garbage. */
const SMALL_HEAP = '--max-old-space-size=64 --max-semi-space-size=2';

describe('1,000 prompts queued at once', () => {
  let gateway: LaunchedGateway;
  let before: Level;
  let first: Round;
  let second: Round;

  beforeAll(async () => {
    gateway = await launch({
      emulator: ['--step-ms', '50'],
      env: { NODE_OPTIONS: SMALL_HEAP },
    });
    await runCrowd(gateway, 'warm', 200);
    before = levelOf(gateway);
    first = await runCrowd(gateway, 'first', CROWD);
    second = await runCrowd(gateway, 'second', CROWD);
  }, 90_000);

  afterAll(() => gateway.stop());

  it('all wait at the same time, and all end well', () => {
    expect(first.waitedTogether).toBeGreaterThanOrEqual(CROWD);
    expect(first.answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(second.answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it('bring each caller its own picture, whole', () => {
    const own = first.answers.filter(({ id, json }) => json.id === id && isOnePngOf(id, json));

    expect(own).toHaveLength(CROWD);
  });

  it('run in the order in which they were accepted', () => {
    const startOf = new Map(first.answers.map(({ id, json }) => [id, executionStart(json)]));
    const starts = first.accepted.map((id) => startOf.get(id));

    expect(starts).toHaveLength(CROWD);
    expect(starts).toEqual(starts.toSorted((a, b) => a! - b!));
    expect(first.accepted.map(batchOf)).toEqual(
      first.accepted.map(batchOf).toSorted((a, b) => a - b),
    );
  });

  it('leave the memory of the gateway flat', () => {
    expect(first.after.residentMb - before.residentMb).toBeLessThan(60);
    expect(second.after.residentMb - first.after.residentMb).toBeLessThan(25);
  });

  it('leave no file behind', async () => {
    expect(await readdir(gateway.workspace.output)).toEqual([]);
    expect(await readdir(gateway.workspace.input)).toEqual([]);
  });

  it('leave nothing in the queues, and nothing in the history of the engine', async () => {
    const { json: ready } = await gateway.get('/health/ready');
    expect(ready['details']).toMatchObject({ queue: { status: 'up', depth: 0 } });
    expect(await engineAnswer(gateway, '/queue')).toEqual({ queue_running: [], queue_pending: [] });
    await eventually(
      async () => Object.keys(await engineAnswer(gateway, '/history')).length === 0,
      'the history is empty',
    );
  });

  it('leave no file descriptor open', () => {
    expect(second.after.descriptors).toBeLessThanOrEqual(before.descriptors + 4);
  });
});

interface Round {
  readonly answers: readonly CrowdAnswer[];
  /** Ids in the order in which the gateway queued them. */
  readonly accepted: readonly string[];
  /** Prompts that waited when the last one had come. */
  readonly waitedTogether: number;
  readonly after: Level;
}

interface CrowdAnswer {
  readonly id: string;
  readonly status: number;
  readonly json: AnswerJson;
}

interface Level {
  readonly residentMb: number;
  readonly descriptors: number;
}

/** Holds the engine with one long prompt until all others wait, then lets them run. */
async function runCrowd(gateway: LaunchedGateway, name: string, size: number): Promise<Round> {
  const sockets = new Agent({ connections: size });
  const { logLines } = gateway.process;
  const firstLine = logLines.length;
  const accepted = (): string[] =>
    logLines
      .slice(firstLine)
      .filter(({ msg, to, jobId }) => msg === 'job' && to === 'queued' && jobId !== blocker.id)
      .map(({ jobId }) => String(jobId));
  const blocker = await blockEngine(gateway, `${name}-blocker`);
  const answers: Promise<CrowdAnswer>[] = [];
  for (let sent = 0; sent < size; sent += BATCH) {
    for (let index = sent; index < sent + BATCH; index += 1) {
      answers.push(send(gateway, sockets, `${name}-${index}`, index));
    }
    await eventually(() => accepted().length === sent + BATCH, `${sent + BATCH} are accepted`);
  }
  const waitedTogether = await depthOf(gateway);
  await blocker.leave();
  const settled = await Promise.all(answers);
  await sockets.destroy();
  return {
    answers: settled,
    accepted: accepted(),
    waitedTogether,
    after: await levelAtRest(gateway),
  };
}

async function blockEngine(gateway: LaunchedGateway, id: string) {
  const leaver = new AbortController();
  const prompt = aPrompt().sampled({ steps: 1000 }).build();
  const left = gateway
    .post('/prompt', { prompt, id }, { signal: leaver.signal })
    .catch((error: unknown) => error);
  await eventually(
    () => gateway.process.logLines.some(({ jobId, to }) => jobId === id && to === 'running'),
    'the engine is busy',
  );
  return {
    id,
    leave: async (): Promise<void> => {
      leaver.abort();
      await left;
    },
  };
}

async function send(
  gateway: LaunchedGateway,
  dispatcher: Agent,
  id: string,
  color: number,
): Promise<CrowdAnswer> {
  const { statusCode, body } = await request(`${gateway.url}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, prompt: aPrompt().coloured(color).build() }),
    dispatcher,
    headersTimeout: 0,
  });
  return { id, status: statusCode, json: (await body.json()) as AnswerJson };
}

const batchOf = (id: string): number => Math.floor(Number(id.split('-')[1]) / BATCH);

function executionStart(json: AnswerJson): number {
  return (json.stats['comfy_execution'] as { readonly start: number }).start;
}

function isOnePngOf(id: string, { images, filenames }: AnswerJson): boolean {
  const [picture = ''] = images;
  const isWhole = Buffer.from(picture, 'base64').subarray(-8, -4).toString('latin1') === 'IEND';
  return images.length === 1 && isWhole && filenames[0]!.startsWith(`${id}_`);
}

async function depthOf(gateway: LaunchedGateway): Promise<number> {
  const { json } = await gateway.get('/health/ready');
  const { queue } = json['details'] as { readonly queue: { readonly depth: number } };
  return queue.depth;
}

async function engineAnswer(gateway: LaunchedGateway, path: string): Promise<object> {
  return (await (await fetch(gateway.engineUrl + path)).json()) as object;
}

/** The level once what is cleaned up behind the answers is gone. */
async function levelAtRest(gateway: LaunchedGateway): Promise<Level> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return levelOf(gateway);
}

function levelOf({ process: { pid } }: LaunchedGateway): Level {
  return { residentMb: residentMb(pid), descriptors: openDescriptors(pid) };
}
