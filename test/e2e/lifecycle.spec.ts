import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, rm, truncate } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

import {
  aPrompt,
  eventually,
  isRunning,
  launch,
  openFilesBelow,
  processesOfGroup,
  type Answer,
  type LaunchedGateway,
} from '@gateway/testing';

const STEPS_OF_50_MS = ['--step-ms', '50'];
const ENDED_WELL = { code: 0, signal: null };

describe('the end of a gateway', () => {
  let gateway: LaunchedGateway;

  afterEach(() => gateway.stop());

  it('that was killed leaves no engine behind after the next start', async () => {
    const killed = await launch();
    const orphan = enginePid(killed);
    killed.process.signal('SIGKILL');
    await killed.process.exited;
    expect(isRunning(orphan)).toBe(true);

    gateway = await launch({ workspace: killed.workspace, ports: killed.ports });

    expect(isRunning(orphan)).toBe(false);
    expect(enginePid(gateway)).not.toBe(orphan);
    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s under load loses no accepted answer, and takes nothing new',
    async (signal) => {
      gateway = await launch({ emulator: STEPS_OF_50_MS });
      const engine = enginePid(gateway);
      const accepted = submit(gateway, 12, 3);
      await eventually(() => transitionsTo(gateway, 'queued') === 12, 'all are accepted');
      await eventually(() => transitionsTo(gateway, 'running') >= 1, 'the first runs');

      gateway.process.signal(signal);

      await eventually(async () => (await gateway.get('/ready')).status === 503, 'not ready');
      const late = await gateway.prompt(aPrompt().build());
      expect([late.status, late.json.code]).toEqual([503, 'queue.closed']);
      expect((await gateway.get('/health/live')).status).toBe(200);
      expect(statusesOf(await Promise.all(accepted))).toEqual({ 200: 12 });
      expect(await gateway.process.exited).toEqual(ENDED_WELL);
      expect(isRunning(engine)).toBe(false);
      expect(gateway.process.stderrLines).toEqual([]);
    },
  );

  it('with a grace too short tells those who wait that it shuts down', async () => {
    gateway = await launch({ emulator: STEPS_OF_50_MS, env: { SHUTDOWN_GRACE_S: '0.3' } });
    const engine = enginePid(gateway);
    const accepted = submit(gateway, 12, 100);
    await eventually(() => transitionsTo(gateway, 'queued') === 12, 'all are accepted');

    gateway.process.signal('SIGTERM');

    const answers = await Promise.all(accepted);
    expect(statusesOf(answers)).toEqual({ 503: 12 });
    expect(new Set(answers.map(({ json }) => json.code))).toEqual(
      new Set(['prompt.shutting_down']),
    );
    expect(await gateway.process.exited).toEqual(ENDED_WELL);
    expect(isRunning(engine)).toBe(false);
  });

  it('does not wait for an engine that hangs longer than the grace', async () => {
    gateway = await launch({
      env: { SHUTDOWN_GRACE_S: '0.3', PROMPT_INTERRUPT_GRACE_S: '0.3' },
    });
    const engine = enginePid(gateway);
    await gateway.arm('hang-in-node');
    const accepted = submit(gateway, 3, 1);
    await eventually(
      () => transitionsTo(gateway, 'running') === 2,
      'one hangs, one waits behind it in the engine',
    );

    gateway.process.signal('SIGTERM');

    expect(statusesOf(await Promise.all(accepted))).toEqual({ 503: 3 });
    expect(await gateway.process.exited).toEqual(ENDED_WELL);
    expect(isRunning(engine)).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'comes at once with a second signal, %s, and takes the engine along',
    async (second) => {
      gateway = await launch({ emulator: STEPS_OF_50_MS });
      const engine = enginePid(gateway);
      const accepted = submit(gateway, 2, 1000).map((answer) => answer.catch(() => 'dropped'));
      await eventually(() => transitionsTo(gateway, 'running') >= 1, 'one runs');
      gateway.process.signal('SIGTERM');
      await eventually(async () => (await gateway.get('/ready')).status === 503, 'it drains');

      gateway.process.signal(second);

      expect(await gateway.process.exited).toEqual({
        code: second === 'SIGTERM' ? 143 : 130,
        signal: null,
      });
      expect(await Promise.all(accepted)).toEqual(['dropped', 'dropped']);
      await eventually(() => !isRunning(engine), 'the engine is gone');
    },
  );

  it('ends every process of the engine, also those that ignore SIGINT', async () => {
    gateway = await launch({
      // A background child of a shell ignores SIGINT.
      command: (emulator) => `bash -c ${quote(`sleep 1000 & exec ${emulator}`)}`,
    });
    const engine = enginePid(gateway);
    const group = processesOfGroup(engine);
    expect(group).toHaveLength(2);

    gateway.process.signal('SIGTERM');

    expect(await gateway.process.exited).toEqual(ENDED_WELL);
    expect(processesOfGroup(engine)).toEqual([]);
  });

  it('waits for the reader of an answer as long as the grace allows', async () => {
    gateway = await launch({ env: { SHUTDOWN_GRACE_S: '20' } });
    const answer = await openLargeAnswer(gateway);

    gateway.process.signal('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 7_000));

    const { images } = JSON.parse(await readText(answer)) as { readonly images: [string] };
    expect(Buffer.byteLength(images[0], 'base64')).toBe(LARGE_BYTES);
    expect(await gateway.process.exited).toEqual(ENDED_WELL);
  });
});

describe('an answer', () => {
  let gateway: LaunchedGateway;

  beforeEach(async () => {
    gateway = await launch();
  });

  afterEach(() => gateway.stop());

  it('that its client stops reading holds up nobody else, and stays whole', async () => {
    const answer = await openLargeAnswer(gateway);

    const others = await Promise.all(submit(gateway, 20, 1));

    expect(statusesOf(others)).toEqual({ 200: 20 });
    const { images } = JSON.parse(await readText(answer)) as { readonly images: [string] };
    expect(Buffer.byteLength(images[0], 'base64')).toBe(LARGE_BYTES);
  });

  it('that its client leaves half way does no harm', async () => {
    const openOutputs = () => openFilesBelow(gateway.process.pid, gateway.workspace.output);
    const answer = await openLargeAnswer(gateway);
    expect(openOutputs()).toHaveLength(1);

    answer.destroy();

    expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    await eventually(() => openOutputs().length === 0, 'the file is closed');
  });

  it('about an output that was deleted before it could be sent is an error', async () => {
    const graph = aPrompt()
      .savedAs('one')
      .withNode('3', 'SaveImage', { images: ['1', 0], filename_prefix: 'other' })
      .build();
    await gateway.arm('slow-nodes:500');
    const answer = gateway.prompt(graph);
    const written = await eventually(async () => {
      const [file] = await readdir(gateway.workspace.output);
      return file;
    }, 'the first of two pictures is written');
    await rm(join(gateway.workspace.output, written));

    const { status, json } = await answer;

    expect([status, json.code]).toEqual([502, 'output.missing']);
    expect(json.error).toContain(written);
  });

  it.each(['application/json', 'image/png'])(
    'as %s is broken off, not rounded off, when its file shrinks while it is sent',
    async (accept) => {
      const answer = await openLargeAnswer(gateway, accept);
      const [file] = await readdir(gateway.workspace.output);
      await truncate(join(gateway.workspace.output, file!), 1024);

      const ending = await readText(answer).then(
        () => 'as if whole',
        (error: unknown) => (error as NodeJS.ErrnoException).code,
      );

      expect(ending).toBe('ECONNRESET');
      expect((await gateway.prompt(aPrompt().build())).status).toBe(200);
    },
  );
});

const LARGE_MB = 32;
const LARGE_BYTES = LARGE_MB * 2 ** 20;

/** An answer too large for the buffers between us, of which nothing was read yet. */
async function openLargeAnswer(
  gateway: LaunchedGateway,
  accept = 'application/json',
): Promise<IncomingMessage> {
  await gateway.arm(`oversized-output:${LARGE_MB}`);
  const sent = request(`${gateway.url}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    agent: false,
  });
  sent.end(JSON.stringify({ prompt: aPrompt().build() }));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  return answer;
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

function submit(gateway: LaunchedGateway, count: number, steps: number): Promise<Answer>[] {
  return Array.from({ length: count }, (_, seed) =>
    gateway.prompt(aPrompt().sampled({ seed, steps }).build()),
  );
}

function statusesOf(answers: readonly Answer[]): Readonly<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function transitionsTo(gateway: LaunchedGateway, status: string): number {
  return gateway.process.logLines.filter(({ msg, to }) => msg === 'job' && to === status).length;
}

/** The engine's process as the gateway recorded it. */
function enginePid({ workspace, ports }: LaunchedGateway): number {
  const record = readFileSync(join(workspace.state, `comfyui-${ports.engine}.json`), 'utf8');
  return (JSON.parse(record) as { readonly pid: number }).pid;
}

/** One argument of a command line, whatever is in it. */
function quote(argument: string): string {
  return `'${argument}'`;
}
