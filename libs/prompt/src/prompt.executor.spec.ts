import { readdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { ComfyUnreachableError } from '@gateway/comfy-client';
import type { ExecutionError, JsonValue } from '@gateway/comfy-protocol';
import { StateUnavailableError } from '@gateway/state';
import { eventually, settle } from '@gateway/testing';
import {
  triesOf,
  type Job,
  type JobRequest,
  type JobResult,
  type JobSuccess,
  type LiveJob,
} from '@gateway/jobs';
import sharp from 'sharp';

import { aFile, aText, someObjectInfo } from './testing/fake-engine';
import { aTiming, type FakeRun } from './testing/fake-engine-client';
import { aGraph, PromptBench } from './testing/prompt-bench';

let bench: PromptBench;
const closed = new ComfyUnreachableError('GET /object_info', { cause: new Error('closed') });

async function start(options: Parameters<typeof PromptBench.set>[0] = {}): Promise<void> {
  bench = await PromptBench.set(options);
  bench.executor.start();
  bench.engine.becomes('ready');
}

async function successOf(result: Promise<JobResult>): Promise<JobSuccess> {
  const settled = await result;
  if (settled.outcome !== 'succeeded') throw new Error(JSON.stringify(settled.failure));
  return settled;
}

/** The files this job saved. */
function save(run: FakeRun, name = 'a_00001_.png', content = 'pixels'): ReturnType<typeof aFile> {
  const file = aFile(name);
  bench.engine.files.write(name, content);
  run.report('2', [file]);
  return file;
}

afterEach(async () => {
  await bench.clear();
  expect(bench.executor.held).toEqual({
    jobs: 0,
    attachments: 0,
    runs: 0,
    finishing: 0,
    waiting: 0,
  });
  expect(bench.engine.slots.inUse).toBe(0);
  expect(bench.engine.submissions.inUse).toBe(0);
  expect(bench.engine.files.inputs.size).toBe(0);
});

describe('a prompt that succeeds', () => {
  beforeEach(() => start());

  it('goes from the queue through the engine to its sink', async () => {
    const { result } = await bench.submit('a', { extraData: { client: 'x' } });
    const run = await bench.run(0);
    expect(run.submission).toMatchObject({
      extraData: { client: 'x' },
      prompt: { '2': { inputs: { filename_prefix: 'a_x' } } },
    });
    expect(run.submission.promptId).toMatch(/^[0-9a-f-]{36}$/);
    run.accept();
    run.begin();
    run.succeed([save(run), aText('a cat')]);

    const success = await successOf(result);
    expect(success.jobId).toBe('a');
    expect(success.prompt).toEqual(run.submission.prompt);
    expect(success.outputs).toMatchObject([{ filename: 'a_00001_.png' }, { text: 'a cat' }]);
    expect(success.stats().comfy_execution).toMatchObject({ start: 10, end: 30 });
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'succeeded']);
    await success.delivered();
  });

  it('keeps its files until they were delivered, and removes them then', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run)]);
    const success = await successOf(result);
    expect(bench.engine.files.outputs.size).toBe(1);
    const [file] = success.outputs.filter((output) => output.kind === 'file');
    expect(await text(file!.stream())).toBe('pixels');
    await success.delivered();
    expect(bench.engine.files.outputs.size).toBe(0);
    expect(bench.engine.files.openCount).toBe(0);
  });

  it('shelves its files when they were not delivered', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run)]);
    await (await successOf(result)).abandoned();
    expect(bench.shelf.contentOf('a')).toEqual({ '2/a_00001_.png': 'pixels' });
    expect(bench.engine.files.outputs.size).toBe(0);
    expect(bench.engine.files.openCount).toBe(0);
  });

  it('shelves its files when its caller wants them kept, and answers from there', async () => {
    const { result } = await bench.submit('a', { keep: true });
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run)]);
    const success = await successOf(result);
    const [file] = success.outputs.filter((output) => output.kind === 'file');
    expect(await text(file!.stream())).toBe('pixels');
    await success.delivered();
    expect(bench.shelf.contentOf('a')).toEqual({ '2/a_00001_.png': 'pixels' });
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('keeps the outputs in its record, with the attempt under the id that the engine gave it', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept('minted-by-the-engine');
    run.begin();
    run.succeed([aText('a cat')]);
    await result;
    expect(await bench.jobs.get('a')).toMatchObject({
      status: 'succeeded',
      outputs: [aText('a cat')],
      attempts: [
        {
          promptId: 'minted-by-the-engine',
          engineId: 'engine-1',
          startedAt: expect.any(Number),
        },
      ],
    });
  });

  it('gets its inline inputs as files, which are removed when it ends', async () => {
    const create = { width: 40, height: 30, channels: 3 as const, background: '#f00' };
    const picture = await sharp({ create }).png().toBuffer();
    const loading = { class_type: 'LoadImage', inputs: { image: picture.toString('base64') } };
    const { result } = await bench.submit('a', {
      prompt: { ...aGraph, '1': loading } as unknown as JsonValue,
    });
    const run = await bench.run(0);
    const [path] = bench.engine.files.inputs.keys();
    expect(run.submission.prompt['1']?.inputs).toEqual({ image: path });
    run.accept();
    run.succeed();
    const { prompt } = await successOf(result);
    expect(prompt['1']?.inputs).toEqual({ image: path });
    await eventually(() => bench.engine.files.inputs.size === 0, 'its inputs are gone');
  });

  it('gets its pictures converted', async () => {
    const create = { width: 8, height: 8, channels: 3 as const, background: '#f00' };
    const picture = await sharp({ create }).png().toBuffer();
    const { result } = await bench.submit('a', { convertOutput: { format: 'webp' } });
    const run = await bench.run(0);
    bench.engine.files.write('a_1.png', picture);
    run.accept();
    run.succeed([aFile('a_1.png')]);
    const success = await successOf(result);
    expect(success.outputs).toMatchObject([{ filename: 'a_1.webp', contentType: 'image/webp' }]);
    await success.abandoned();
  });

  it('tells of its progress', async () => {
    const told: unknown[] = [];
    bench.on('job-attempt-began', (event) => told.push(event));
    bench.on('job-progressed', (event) => told.push(event));
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.options.onProgress?.({ type: 'progress', nodeId: '3', value: 2, max: 20 });
    run.succeed();
    await result;
    expect(told).toEqual([
      { jobId: 'a', graph: run.submission.prompt, outputNodes: ['2'] },
      { jobId: 'a', fact: { type: 'progress', nodeId: '3', value: 2, max: 20 } },
    ]);
  });

  it('has its files on the shelf before it succeeds, when nobody waits for it', async () => {
    await bench.jobs.submit({ prompt: aGraph, extraData: {}, sizeBytes: 1 }, 'a');
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run)]);
    await eventually(() => bench.lifeOf('a').includes('succeeded'), 'it succeeded');
    expect(bench.shelf.contentOf('a')).toEqual({ '2/a_00001_.png': 'pixels' });
    expect(bench.engine.files.openCount).toBe(0);
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('has its files in both places until its end is written down', async () => {
    const atItsEnd: number[] = [];
    bench.on('job-transitioned', ({ to }) => {
      if (to === 'succeeded') atItsEnd.push(bench.engine.files.outputs.size);
    });
    await bench.jobs.submit({ prompt: aGraph, extraData: {}, sizeBytes: 1 }, 'a');
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run)]);
    await eventually(() => bench.engine.files.outputs.size === 0, 'the engine has none');
    expect(atItsEnd).toEqual([1]);
  });

  it('waits to be submitted until that can be written down, when nobody waits for it', async () => {
    const full = new StateUnavailableError('the disk is full', { cause: undefined });
    const record = jest.spyOn(bench.jobs, 'record').mockRejectedValueOnce(full);
    await bench.jobs.submit({ prompt: aGraph, extraData: {}, sizeBytes: 1 }, 'a');
    await eventually(() => record.mock.calls.length === 1, 'it could not be written down');
    expect(bench.engine.client.runs).toHaveLength(0);
    await bench.engine.clock.advance(1_000);
    const run = await bench.run(0);
    run.accept();
    run.succeed();
    await eventually(() => bench.lifeOf('a').includes('succeeded'), 'it succeeded');
  });

  it('is refused at once when somebody waits for it', async () => {
    const full = new StateUnavailableError('the disk is full', { cause: undefined });
    jest.spyOn(bench.jobs, 'record').mockRejectedValueOnce(full);
    const { result } = await bench.submit('a');
    expect(await result).toMatchObject({ failure: { code: 'state.unavailable' } });
  });

  it('fails when its files cannot be kept for those who come later', async () => {
    bench.shelf.failOnKeep = new StateUnavailableError('the disk is full', { cause: undefined });
    await bench.jobs.submit({ prompt: aGraph, extraData: {}, sizeBytes: 1 }, 'a');
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run)]);
    await eventually(() => bench.lifeOf('a').includes('failed'), 'it failed');
    expect(await bench.jobs.get('a')).toMatchObject({ failure: { code: 'state.unavailable' } });
    expect(bench.engine.files.openCount).toBe(0);
  });
});

describe('a prompt that does not succeed', () => {
  beforeEach(() => start());

  it('fails with the node that raised, and leaves no file', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.begin();
    save(run);
    run.end({
      outcome: 'failed',
      error: {
        prompt_id: 'p',
        node_id: '3',
        node_type: 'KSampler',
        executed: [],
        exception_message: 'out of memory\n',
        exception_type: 'RuntimeError',
        traceback: [],
      },
      outputs: [],
      timing: { startedAt: 1, endedAt: 2, nodes: {} },
    });
    expect(await result).toMatchObject({
      outcome: 'failed',
      jobId: 'a',
      failure: { code: 'prompt.execution_failed', details: { node_id: '3' } },
    });
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'failed']);
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('leaves no file of a node that failed half-way', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    bench.engine.files.write('a_x_00001_.png', 'the first of a batch');
    bench.engine.files.write('a_mine_00001_.png', 'there before', { old: true });
    run.end({
      outcome: 'failed',
      error: {
        node_id: '2',
        node_type: 'SaveImage',
        exception_type: 'OSError',
        exception_message: 'No space left on device',
      } as ExecutionError,
      outputs: [],
      timing: aTiming,
    });
    expect(await result).toMatchObject({ failure: { code: 'prompt.execution_failed' } });
    expect([...bench.engine.files.outputs.keys()]).toEqual(['a_mine_00001_.png']);
  });

  it('fails with what ComfyUI refused', async () => {
    const { result } = await bench.submit('a');
    const error = { type: 'x', message: 'Cannot execute', details: '', extra_info: {} };
    (await bench.run(0)).end({ outcome: 'refused', error, nodeErrors: {}, mayHaveRun: false });
    expect(await result).toMatchObject({
      failure: { code: 'prompt.refused', message: 'Cannot execute' },
    });
    expect(bench.engine.submissions.inUse).toBe(0);
  });

  it('fails when an output cannot be read any more, and lets go of the others', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.succeed([save(run), aFile('gone.png')]);
    expect(await result).toMatchObject({ failure: { code: 'output.missing' } });
    expect(bench.engine.files.openCount).toBe(0);
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('fails as internal for what nobody foresaw, and takes the next one all the same', async () => {
    const first = await bench.submit('a');
    (await bench.run(0)).break(new TypeError('x is undefined'));
    expect(await first.result).toMatchObject({ failure: { code: 'prompt.internal' } });
    const second = await bench.submit('b');
    const run = await bench.run(1);
    run.accept();
    run.succeed();
    expect(await second.result).toMatchObject({ outcome: 'succeeded' });
  });

  it('fails with an input that cannot be fetched before any engine sees it', async () => {
    const image = 'https://gone.example/a.png';
    const loading = { class_type: 'LoadImage', inputs: { image } };
    const { result } = await bench.submit('a', {
      prompt: { ...aGraph, '1': loading } as unknown as JsonValue,
    });
    expect(await result).toMatchObject({
      failure: { code: 'input.unreachable', details: { location: 'prompt.1.inputs.image' } },
    });
    expect(bench.engine.client.runs).toHaveLength(0);
    expect(bench.lifeOf('a')).toEqual(['queued', 'failed']);
  });
});

describe('a prompt that the engine lost', () => {
  beforeEach(() => start());

  it('is tried once more, under a fresh id, when it had not begun', async () => {
    const { result } = await bench.submit('a');
    const first = await bench.run(0);
    first.accept();
    first.lose();
    const second = await bench.run(1);
    expect(second.submission.promptId).not.toBe(first.submission.promptId);
    second.accept();
    second.succeed();
    expect(await result).toMatchObject({ outcome: 'succeeded' });
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'queued', 'running', 'succeeded']);
  });

  it('waits for the engine to come back before it is tried again', async () => {
    const { result } = await bench.submit('a');
    const first = await bench.run(0);
    first.accept();
    bench.engine.becomes('backing-off', new Error('killed'));
    first.lose();
    await eventually(() => bench.lifeOf('a').length === 3, 'it is queued again');
    await settle();
    expect(bench.engine.client.runs).toHaveLength(1);
    expect(bench.engine.slots.inUse).toBe(0);
    bench.engine.becomes('ready');
    const second = await bench.run(1);
    second.accept();
    second.succeed();
    expect(await result).toMatchObject({ outcome: 'succeeded' });
  });

  it('leaves no file of a try that its engine had no time to tell of', async () => {
    const { result } = await bench.submit('a');
    const lost = await bench.run(0);
    bench.engine.files.write('a_x_00001_.png', 'untold');
    bench.engine.files.write('b_x_00001_.png', 'of another job');
    lost.lose();
    const run = await bench.run(1);
    expect([...bench.engine.files.outputs.keys()]).toEqual(['b_x_00001_.png']);
    run.succeed();
    await result;
  });

  it('fails when it was lost twice', async () => {
    const { result } = await bench.submit('a');
    (await bench.run(0)).lose();
    (await bench.run(1)).lose();
    expect(await result).toMatchObject({
      failure: { code: 'prompt.engine_lost', message: expect.stringContaining('code 1') },
    });
    expect(bench.engine.client.runs).toHaveLength(2);
  });

  it('fails when it was lost once more, after an answer from a cache of files that are gone', async () => {
    const { result } = await bench.submit('a');
    (await bench.run(0)).lose();
    const cachedNodes = ['2'];
    const outputs = [aFile('a_00001_.png')];
    (await bench.run(1)).end({ outcome: 'succeeded', outputs, cachedNodes, timing: aTiming });
    (await bench.run(2)).lose();
    expect(await result).toMatchObject({ failure: { code: 'prompt.engine_lost' } });
    expect(bench.engine.client.runs).toHaveLength(3);
  });

  it('is not tried again when it had begun: it may be what killed the engine', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.begin();
    run.lose();
    expect(await result).toMatchObject({ failure: { code: 'prompt.engine_lost' } });
    expect(bench.engine.client.runs).toHaveLength(1);
  });

  it('leaves no file that the engine had no time to tell of', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.begin();
    bench.engine.files.write('a_x_00001_.png', 'untold');
    bench.engine.files.write('b_x_00001_.png', "another's");
    run.lose();
    await result;
    expect([...bench.engine.files.outputs.keys()]).toEqual(['b_x_00001_.png']);
  });

  it.each([
    ['a', 'a_b'],
    ['a_b', 'a'],
  ])('leaves files alone that may be those of another job: %s beside %s', async (id, other) => {
    const { result } = await bench.submit(id);
    await bench.submit(other);
    const run = await bench.run(0);
    run.accept();
    run.begin();
    bench.engine.files.write('a_b_x_00001_.png', 'perhaps of the other');
    run.lose();
    await result;
    expect([...bench.engine.files.outputs.keys()]).toEqual(['a_b_x_00001_.png']);
    bench.engine.files.outputs.clear();
  });

  it('leaves no file of an engine that writes while it is being ended', async () => {
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.begin();
    bench.engine.becomes('stopping', new Error('its worker died'));
    run.lose();
    await settle();
    expect(bench.lifeOf('a')).toEqual(['queued', 'running']);
    bench.engine.files.write('a_x_00001_.png', 'with its last breath');
    bench.engine.becomes('backing-off');
    expect(await result).toMatchObject({ failure: { code: 'prompt.engine_lost' } });
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('fails as unavailable when the engine is gone for good while it waits', async () => {
    bench.engine.becomes('starting');
    const { result } = await bench.submit('a');
    await settle();
    bench.engine.becomes('failed', new Error('gave up after 5 quick failures'));
    expect(await result).toMatchObject({
      failure: {
        code: 'prompt.engine_unavailable',
        message: 'ComfyUI is not available: gave up after 5 quick failures',
      },
    });
  });
});

describe('a prompt that cannot reach the engine', () => {
  beforeEach(() => start());

  it('goes in when the engine is back: one try, under one id', async () => {
    const { result } = await bench.submit('a');
    for (let knock = 0; knock < 3; knock += 1) {
      (await bench.run(knock)).unreached();
      await settle();
      await bench.engine.clock.advance(1_000);
    }
    const run = await bench.run(3);
    expect(run.submission).toEqual(bench.engine.client.runs[0]?.submission);
    run.succeed();
    expect(await result).toMatchObject({ outcome: 'succeeded' });
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'succeeded']);
    expect(await bench.jobs.get('a')).toMatchObject({ attempts: [{}] });
  });

  it('waits where its supervisor finds that the engine is gone', async () => {
    const { result } = await bench.submit('a');
    (await bench.run(0)).unreached();
    await settle();
    bench.engine.becomes('backing-off', new Error('killed'));
    await bench.engine.clock.advance(60_000);
    expect(bench.engine.client.runs).toHaveLength(1);
    bench.engine.becomes('ready');
    (await bench.run(1)).succeed();
    expect(await result).toMatchObject({ outcome: 'succeeded' });
  });

  it('fails when that does not change, and no file is looked for', async () => {
    const { result } = await bench.submit('a');
    bench.engine.files.write('a_00001_.png', "somebody else's");
    for (let knock = 0; knock < 9; knock += 1) {
      (await bench.run(knock)).unreached(new Error('no route to host'));
      await settle();
      await bench.engine.clock.advance(1_000);
    }
    expect(await result).toMatchObject({
      failure: {
        code: 'prompt.engine_unavailable',
        message: 'ComfyUI is not available: no route to host',
      },
    });
    expect(bench.engine.client.runs).toHaveLength(9);
    expect(bench.engine.files.outputs.size).toBe(1);
  });

  it('is canceled at once when that is asked for meanwhile', async () => {
    const { result } = await bench.submit('a');
    (await bench.run(0)).unreached();
    await settle();
    await bench.jobs.cancel('a');
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.engine.client.runs).toHaveLength(1);
  });
});

describe('an engine that goes away while it is asked what it offers', () => {
  beforeEach(async () => {
    bench = await PromptBench.set();
    bench.engine.objectInfo = closed;
    bench.executor.start();
    bench.engine.becomes('ready');
  });

  it('is waited for', async () => {
    const { result } = await bench.submit('a');
    await eventually(() => bench.engine.asked === 1, 'it is asked');
    await settle();
    bench.engine.becomes('backing-off', new Error('killed'));
    await bench.engine.clock.advance(60_000);
    expect(bench.engine.asked).toBe(1);
    bench.engine.objectInfo = someObjectInfo;
    bench.engine.becomes('ready');
    (await bench.run(0)).succeed();
    expect(await result).toMatchObject({ outcome: 'succeeded' });
  });

  it('keeps nobody who changes his mind', async () => {
    const { result } = await bench.submit('a');
    await eventually(() => bench.engine.asked === 1, 'it is asked');
    await bench.jobs.cancel('a');
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.engine.asked).toBe(1);
  });

  it('is not asked again when it took too long', async () => {
    const cause = new Error('no answer within 120000 ms');
    bench.engine.objectInfo = new ComfyUnreachableError('GET /object_info', {
      cause,
      isOverdue: true,
    });
    const { result } = await bench.submit('a');
    expect(await result).toMatchObject({ failure: { code: 'prompt.engine_lost' } });
    expect(bench.engine.asked).toBe(1);
  });

  it('is not waited for without end when it is said to be there', async () => {
    const { result } = await bench.submit('a');
    await eventually(() => bench.engine.asked === 1, 'it is asked');
    await settle();
    await bench.engine.clock.advance(10_000);
    expect(await result).toMatchObject({ failure: { code: 'prompt.engine_lost' } });
    expect(bench.engine.asked).toBe(6);
  });
});

describe('a prompt that is cancelled', () => {
  it('ends at once while it waits in the queue, and no engine sees it', async () => {
    await start({ maxInFlight: 1, preparing: 1 });
    const running = await bench.submit('running');
    await bench.run(0);
    await bench.submit('preparing');
    const waiting = await bench.submit('waiting');
    await bench.service.cancel('waiting');
    expect(await waiting.result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.lifeOf('waiting')).toEqual(['queued', 'canceled']);
    await bench.service.cancel('running');
    await running.result;
    await bench.run(1);
    expect(bench.engine.client.runs[1]?.submission.prompt['2']?.inputs).toMatchObject({
      filename_prefix: 'preparing_x',
    });
  });

  it('ends at once while it waits, prepared, for a place in the engine', async () => {
    await start({ maxInFlight: 1 });
    await bench.submit('running');
    await bench.run(0);
    const prepared = await bench.submit('prepared');
    await eventually(() => bench.engine.slots.waiters === 1, 'it waits for a place');
    await bench.service.cancel('prepared');
    expect(await prepared.result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.engine.slots.waiters).toBe(0);
    expect(bench.lifeOf('prepared')).toEqual(['queued', 'canceled']);
  });

  it('ends at once while it waits for an engine that starts', async () => {
    await start();
    bench.engine.becomes('starting');
    const { result } = await bench.submit('a');
    await settle();
    await bench.service.cancel('a');
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
  });

  it('ends when the engine has let go of it', async () => {
    await start();
    bench.engine.client.letsGo = false;
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    run.accept();
    run.begin();
    save(run);
    await bench.service.cancel('a');
    expect(run.options.signal?.aborted).toBe(true);
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'canceling']);
    run.interrupted();
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.lifeOf('a').at(-1)).toBe('canceled');
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('is canceled, not failed, when something breaks because of it', async () => {
    await start();
    bench.engine.client.letsGo = false;
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    await bench.service.cancel('a');
    run.break(new Error('socket hang up'));
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.lifeOf('a').at(-1)).toBe('canceled');
  });

  it('is canceled, not lost, when the engine ends after the cancel', async () => {
    await start();
    bench.engine.client.letsGo = false;
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    await bench.service.cancel('a');
    run.lose();
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.engine.client.runs).toHaveLength(1);
  });

  it('ends as canceled when somebody interrupted it at the engine', async () => {
    await start();
    const { result } = await bench.submit('a');
    (await bench.run(0)).interrupted();
    expect(await result).toMatchObject({ failure: { code: 'prompt.canceled' } });
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'canceled']);
  });
});

describe('a prompt over its time', () => {
  it('expires, and says how long it had', async () => {
    await start();
    const { result } = await bench.submit('a');
    (await bench.run(0)).accept();
    await bench.engine.clock.advance(60_000);
    expect(await result).toMatchObject({
      failure: { code: 'prompt.timed_out', message: 'The prompt did not end within 60 s' },
    });
    expect(bench.lifeOf('a')).toEqual(['queued', 'running', 'expired']);
  });

  it('leaves no timer when it ends in time', async () => {
    await start();
    const { result } = await bench.submit('a');
    const run = await bench.run(0);
    expect(bench.engine.clock.pending).toBeGreaterThan(0);
    run.accept();
    run.succeed();
    await result;
    expect(bench.engine.clock.pending).toBe(0);
  });
});

describe('many prompts', () => {
  function ids(): readonly unknown[] {
    return bench.engine.client.runs.map(
      ({ submission }) => submission.prompt['2']?.inputs['filename_prefix'],
    );
  }

  it('run in the order they came, no more at once than there are places', async () => {
    await start({ maxInFlight: 2 });
    const names = Array.from({ length: 10 }, (_, index) => `job-${index}`);
    const submitted = [];
    for (const name of names) submitted.push(await bench.submit(name));
    for (let index = 0; index < names.length; index += 1) {
      const run = await bench.run(index);
      run.accept();
      expect(bench.engine.client.activeRuns).toBeLessThanOrEqual(2);
      expect(bench.engine.slots.inUse).toBeLessThanOrEqual(2);
      if (index % 2 === 1) {
        bench.engine.client.runs[index - 1]?.succeed();
        run.succeed();
      }
    }
    const results = await Promise.all(submitted.map(({ result }) => result));
    expect(results.map(({ outcome }) => outcome)).toEqual(names.map(() => 'succeeded'));
    expect(ids()).toEqual(names.map((name) => `${name}_x`));
  });

  it('are posted one after the other, so that the engine numbers them in order', async () => {
    await start({ maxInFlight: 2 });
    await bench.submit('a');
    await bench.submit('b');
    const first = await bench.run(0);
    await eventually(() => bench.engine.submissions.waiters === 1, 'the second one waits');
    expect(bench.engine.client.runs).toHaveLength(1);
    first.accept();
    await bench.run(1);
    expect(ids()).toEqual(['a_x', 'b_x']);
  });

  it('are prepared while others run, as many as there are places for that', async () => {
    await start({ maxInFlight: 1, preparing: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await bench.submit(name);
    await bench.run(0);
    await eventually(() => bench.engine.slots.waiters === 2, 'two are prepared');
    await settle();
    expect(bench.executor.held.jobs).toBe(3);
  });
});

describe('draining', () => {
  it('waits for every accepted prompt, the waiting ones too', async () => {
    await start({ maxInFlight: 1, preparing: 1 });
    const submitted = [];
    for (const name of ['a', 'b', 'c']) submitted.push(await bench.submit(name));
    let drained = false;
    const drain = bench.executor.drain(new AbortController().signal).then(() => {
      drained = true;
    });
    for (let index = 0; index < 3; index += 1) {
      expect(drained).toBe(false);
      const run = await bench.run(index);
      run.accept();
      run.succeed();
    }
    await drain;
    const results = await Promise.all(submitted.map(({ result }) => result));
    expect(results.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('has nothing to wait for when there is nothing', async () => {
    await start();
    await bench.executor.drain(new AbortController().signal);
  });

  it('cuts off what is left at the deadline: running, prepared and waiting', async () => {
    await start({ maxInFlight: 1, preparing: 1 });
    const submitted = [];
    for (const name of ['running', 'prepared', 'waiting']) submitted.push(await bench.submit(name));
    (await bench.run(0)).accept();
    const deadline = new AbortController();
    const drain = bench.executor.drain(deadline.signal);
    deadline.abort();
    await drain;
    for (const { id, result } of submitted) {
      expect([id, await result]).toMatchObject([
        id,
        { failure: { code: 'prompt.shutting_down', message: 'The gateway is shutting down' } },
      ]);
    }
    expect(bench.engine.client.runs).toHaveLength(1);
    expect(bench.engine.clock.pending).toBe(0);
  });

  it('ends soon after the deadline although the engine does not let go', async () => {
    await start();
    bench.engine.client.letsGo = false;
    await bench.submit('a');
    const run = await bench.run(0);
    let drained = false;
    const drain = bench.executor.drain(AbortSignal.abort()).then(() => {
      drained = true;
    });
    await bench.engine.clock.advance(999);
    expect(drained).toBe(false);
    await bench.engine.clock.advance(1);
    await drain;
    run.lose();
  });
});

describe('the folder for converted pictures', () => {
  it('is empty when everything was delivered or not wanted', async () => {
    await start();
    const create = { width: 8, height: 8, channels: 3 as const, background: '#f00' };
    const picture = await sharp({ create }).png().toBuffer();
    const { result } = await bench.submit('a', { convertOutput: { format: 'webp' } });
    const run = await bench.run(0);
    bench.engine.files.write('a_1.png', picture);
    run.accept();
    run.succeed([aFile('a_1.png')]);
    const success = await successOf(result);
    expect(await readdir(bench.spoolDir)).toHaveLength(1);
    await success.delivered();
    expect(await readdir(bench.spoolDir)).toEqual([]);
  });
});

describe('a job of an earlier life', () => {
  const submitted = { type: 'attempt-submitted', promptId: 'p-1', engineId: 'engine-1' } as const;

  /** A job that was in the engine when the gateway died. */
  async function inEngine(change: Partial<JobRequest> = {}): Promise<void> {
    const request = { prompt: aGraph, extraData: {}, sizeBytes: 1, ...change };
    await bench.jobs.accept(request, 'a');
    const job = await bench.jobs.record('a', submitted);
    bench.executor.resume(job as LiveJob, { inputs: ['gateway-old'] });
  }

  function followed(): Promise<FakeRun> {
    return eventually(() => bench.engine.client.followed[0], 'it is followed');
  }

  beforeEach(() => start({ outlives: true }));

  it('is followed under the id that the engine knows, and collected', async () => {
    await inEngine();
    const run = await followed();
    expect(run.submission).toMatchObject({
      promptId: 'p-1',
      prompt: { '2': { inputs: { filename_prefix: 'a_x' } } },
    });
    run.accept();
    run.succeed([save(run)]);
    await eventually(() => bench.lifeOf('a').includes('succeeded'), 'it succeeded');
    expect(bench.shelf.contentOf('a')).toEqual({ '2/a_00001_.png': 'pixels' });
    expect(bench.engine.client.runs).toHaveLength(0);
  });

  it('is run once more, under a fresh id, when the engine knows nothing of it', async () => {
    bench.engine.files.write('a_00001_.png', 'of the first try');
    bench.engine.files.write('ab_00001_.png', 'of another job');
    await inEngine();
    (await followed()).lose();
    const run = await bench.run(0);
    expect([...bench.engine.files.outputs.keys()]).toEqual(['ab_00001_.png']);
    expect(run.submission.promptId).not.toBe('p-1');
    run.accept();
    run.succeed([save(run)]);
    await eventually(() => bench.lifeOf('a').includes('succeeded'), 'it succeeded');
    expect(await bench.jobs.get('a')).toMatchObject({ attempts: [{ promptId: 'p-1' }, {}] });
  });

  it('is followed all the same when the engine dies once more before it was found', async () => {
    await bench.clear();
    bench = await PromptBench.set({ outlives: true });
    bench.engine.objectInfo = closed;
    bench.executor.start();
    bench.engine.becomes('ready');
    await inEngine();
    await eventually(() => bench.engine.asked === 1, 'it is asked');
    await settle();
    bench.engine.becomes('backing-off', new Error('killed'));
    await bench.engine.clock.advance(1_000);
    bench.engine.objectInfo = someObjectInfo;
    bench.engine.becomes('ready');
    (await followed()).succeed();
    await eventually(() => bench.lifeOf('a').includes('succeeded'), 'it succeeded');
  });

  it('leaves no file when it fails before it was found', async () => {
    bench.engine.files.write('a_x_00001_.png', 'of the first try');
    await inEngine();
    (await followed()).break(new Error('unforeseen'));
    await eventually(() => bench.lifeOf('a').includes('failed'), 'it failed');
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('fails with its cause when it was lost for the second time', async () => {
    const request = { prompt: aGraph, extraData: {}, sizeBytes: 1 };
    await bench.jobs.accept(request, 'a');
    await bench.jobs.record('a', submitted);
    await bench.jobs.record('a', { type: 'attempt-lost' });
    const job = await bench.jobs.record('a', { ...submitted, promptId: 'p-2' });
    bench.executor.resume(job as LiveJob, { inputs: [] });
    (await followed()).lose(new Error('ComfyUI does not know it'));
    await eventually(() => bench.lifeOf('a').includes('failed'), 'it failed');
    expect(await bench.jobs.get('a')).toMatchObject({
      failure: {
        code: 'prompt.engine_lost',
        message: expect.stringContaining('does not know it') as string,
      },
    });
  });

  it('is not tried for a third time, however little the engine had begun', async () => {
    await inEngine();
    (await followed()).lose();
    (await bench.run(0)).lose();
    await eventually(() => bench.lifeOf('a').includes('failed'), 'it failed');
    expect(bench.engine.client.runs).toHaveLength(1);
  });

  it('is cancelled in the engine when that was asked for before', async () => {
    const request = { prompt: aGraph, extraData: {}, sizeBytes: 1 };
    await bench.jobs.accept(request, 'a');
    await bench.jobs.record('a', submitted);
    const job = await bench.jobs.record('a', { type: 'cancel-requested' });
    bench.executor.resume(job as LiveJob, { inputs: [] });
    expect((await followed()).options.signal?.aborted).toBe(true);
    await eventually(() => bench.lifeOf('a').includes('canceled'), 'it is canceled');
  });

  it('fails when it needs a credential that was never stored', async () => {
    await inEngine({ withheld: ['api_key_comfy_org'] });
    (await followed()).lose();
    await eventually(() => bench.lifeOf('a').includes('failed'), 'it failed');
    expect(await bench.jobs.get('a')).toMatchObject({
      failure: { code: 'prompt.credentials_lost' },
    });
  });

  it('has its inputs removed when it ends', async () => {
    bench.engine.files.inputs.set('gateway-old/a.png', Buffer.from('x'));
    await inEngine();
    const run = await followed();
    run.accept();
    run.succeed();
    await eventually(() => bench.engine.files.inputs.size === 0, 'its inputs are gone');
  });
});

describe('jobs that outlive the gateway', () => {
  beforeEach(() => start({ outlives: true, maxInFlight: 1, preparing: 1 }));

  it('are left to the next life when nobody waits for them, their inputs and all', async () => {
    const request = { prompt: aGraph, extraData: {}, sizeBytes: 1 } as unknown as JobRequest;
    const inputs = { folder: 'gateway-1', written: ['gateway-1'] };
    bench.engine.files.inputs.set('gateway-1/a.png', Buffer.from('x'));
    await bench.jobs.submit({ ...request, inputs }, 'running');
    (await bench.run(0)).accept();
    await bench.jobs.submit(request, 'preparing');
    await bench.jobs.submit(request, 'waiting');
    await bench.executor.drain(AbortSignal.abort());
    for (const id of ['running', 'preparing', 'waiting']) {
      expect(await bench.jobs.get(id)).toMatchObject({ status: 'queued' });
    }
    expect(triesOf((await bench.jobs.get('running')) as Job)).toBe(0);
    expect(bench.engine.files.inputs.size).toBe(1);
    bench.engine.files.inputs.clear();
  });

  it('leave no file that no event told of, whatever becomes of them in the next life', async () => {
    const request = { prompt: aGraph, extraData: {}, sizeBytes: 1 };
    await bench.jobs.accept(request, 'a');
    await bench.jobs.record('a', {
      type: 'attempt-submitted',
      promptId: 'p-1',
      engineId: 'engine-1',
    });
    await bench.jobs.record('a', { type: 'attempt-withdrawn' });
    bench.engine.files.write('a_x_00001_.png', 'of the last life');
    await bench.jobs.cancel('a');
    await eventually(() => bench.engine.files.outputs.size === 0, 'it is removed');
  });

  it('leave their files to the next life when their end cannot be written down in this one', async () => {
    await bench.jobs.submit({ prompt: aGraph, extraData: {}, sizeBytes: 1 }, 'a');
    const run = await bench.run(0);
    run.accept();
    await eventually(() => bench.lifeOf('a').includes('running'), 'it runs');
    const full = new StateUnavailableError('the disk is full', { cause: undefined });
    const record = jest.spyOn(bench.jobs, 'record').mockRejectedValue(full);
    run.succeed([save(run)]);
    const triesToEnd = () => record.mock.calls.some(([, { type }]) => type === 'succeeded');
    await eventually(triesToEnd, 'its end cannot be written down');
    const drain = bench.executor.drain(AbortSignal.abort());
    await bench.engine.clock.advance(1_000);
    await drain;
    await bench.executor.stop();
    expect(bench.shelf.contentOf('a')).toEqual({ '2/a_00001_.png': 'pixels' });
    expect([...bench.engine.files.outputs.keys()]).toEqual(['a_00001_.png']);
    expect(await bench.jobs.get('a')).toMatchObject({ status: 'running' });
  });

  it('fail all the same when somebody waits for the answer', async () => {
    const { result } = await bench.submit('a');
    (await bench.run(0)).accept();
    await bench.executor.drain(AbortSignal.abort());
    expect(await result).toMatchObject({ failure: { code: 'prompt.shutting_down' } });
    expect(await bench.jobs.get('a')).toMatchObject({ status: 'failed' });
  });
});
