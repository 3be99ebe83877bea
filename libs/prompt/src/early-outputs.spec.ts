import { StateUnavailableError } from '@gateway/state';
import { eventually } from '@gateway/testing';
import type { JobRequest, LiveJob } from '@gateway/jobs';
import sharp from 'sharp';

import { aFile, aText } from './testing/fake-engine';
import type { FakeRun } from './testing/fake-engine-client';
import { aGraph, PromptBench } from './testing/prompt-bench';

const twoSaves = {
  ...aGraph,
  '3': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'y' } },
};
const request: JobRequest = { prompt: twoSaves, extraData: {}, sizeBytes: 1 };

let bench: PromptBench;

beforeEach(async () => {
  bench = await PromptBench.set({ outlives: true });
  bench.executor.start();
  bench.engine.becomes('ready');
});

afterEach(async () => {
  await bench.clear();
  expect(bench.engine.files.openCount).toBe(0);
});

async function running(nth = 0): Promise<FakeRun> {
  const run = await bench.run(nth);
  run.accept();
  run.begin();
  return run;
}

function save(run: FakeRun, nodeId: string, name: string, content = 'pixels') {
  const file = { ...aFile(name), nodeId };
  bench.engine.files.write(name, content);
  run.report(nodeId, [file]);
  return file;
}

/** What is on the shelf, as soon as it is so much. */
function shelved(count: number): Promise<Readonly<Record<string, string>>> {
  return eventually(() => {
    const content = bench.shelf.contentOf('a');
    return Object.keys(content).length === count ? content : undefined;
  }, `${count} outputs are on the shelf`);
}

const has = (status: string) =>
  eventually(() => bench.lifeOf('a').at(-1) === status, `it is ${status}`);

describe('outputs of a running job', () => {
  it('are on the shelf as soon as their node has saved them', async () => {
    await bench.jobs.submit(request, 'a');
    const run = await running();
    const first = save(run, '2', 'a_x_00001_.png');
    expect(await shelved(1)).toEqual({ '2/a_x_00001_.png': 'pixels' });
    expect(bench.lifeOf('a').at(-1)).toBe('running');
    run.succeed([first, save(run, '3', 'a_y_00001_.png', 'others')]);
    await has('succeeded');
    expect(await shelved(2)).toMatchObject({ '3/a_y_00001_.png': 'others' });
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('stand in the order of the graph, whichever came first', async () => {
    await bench.jobs.submit(request, 'a');
    const run = await running();
    const late = save(run, '3', 'a_y_00001_.png');
    await shelved(1);
    const text = { ...aText('a cat'), nodeId: '2' };
    run.succeed([save(run, '2', 'a_x_00001_.png'), text, late]);
    await has('succeeded');
    const outputs = await bench.shelf.outputsOf('a');
    expect(outputs.map(({ nodeId, kind }) => [nodeId, kind])).toEqual([
      ['2', 'file'],
      ['2', 'text'],
      ['3', 'file'],
    ]);
  });

  it('are not read or converted again at its end', async () => {
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
      .png()
      .toBuffer();
    await bench.jobs.submit({ ...request, convertOutput: { format: 'webp', options: {} } }, 'a');
    const run = await running();
    bench.engine.files.write('a_x_00001_.png', png);
    const file = { ...aFile('a_x_00001_.png'), nodeId: '2' };
    run.report('2', [file]);
    await shelved(1);
    bench.engine.files.outputs.clear();
    run.succeed([file]);
    await has('succeeded');
    expect(await bench.shelf.outputsOf('a')).toMatchObject([{ contentType: 'image/webp' }]);
  });

  it('that may not count in the end are not kept before it', async () => {
    await bench.jobs.submit(request, 'a');
    const run = await running();
    const preview = { ...aFile('p_1.png'), nodeId: '2', type: 'temp' as const };
    run.report('2', [preview]);
    run.succeed([preview, save(run, '3', 'a_y_00001_.png')]);
    await has('succeeded');
    expect(await shelved(1)).toEqual({ '3/a_y_00001_.png': 'pixels' });
  });

  it('stay when it fails or is canceled, for they were told of', async () => {
    await bench.jobs.submit(request, 'a');
    const run = await running();
    save(run, '2', 'a_x_00001_.png');
    await shelved(1);
    await bench.jobs.cancel('a');
    await has('canceled');
    expect(bench.shelf.contentOf('a')).toEqual({ '2/a_x_00001_.png': 'pixels' });
    expect(bench.engine.files.outputs.size).toBe(0);
  });

  it('are those of the attempt that succeeded, when an earlier one was lost', async () => {
    await bench.jobs.accept(request, 'a');
    const submitted = { type: 'attempt-submitted', promptId: 'p-1', engineId: 'engine-1' } as const;
    const job = await bench.jobs.record('a', submitted);
    bench.executor.resume(job as LiveJob, { inputs: [] });
    const lost = await eventually(() => bench.engine.client.followed[0], 'it is followed');
    save(lost, '2', 'a_x_00001_.png', 'of the lost one');
    await shelved(1);
    lost.lose();
    const run = await running();
    expect(bench.shelf.contentOf('a')).toEqual({});
    run.succeed([save(run, '2', 'a_x_00001_.png', 'of the other')]);
    await has('succeeded');
    expect(await shelved(1)).toEqual({ '2/a_x_00001_.png': 'of the other' });
  });

  it('are kept at its end when the shelf had no room before', async () => {
    bench.shelf.failOnKeep = new StateUnavailableError('the disk is full', { cause: undefined });
    await bench.jobs.submit(request, 'a');
    const run = await running();
    const first = save(run, '2', 'a_x_00001_.png');
    await eventually(() => bench.shelf.refused === 1, 'it was refused');
    bench.shelf.failOnKeep = undefined;
    run.succeed([first]);
    await has('succeeded');
    expect(await shelved(1)).toEqual({ '2/a_x_00001_.png': 'pixels' });
  });

  it('wait for the answer of a caller who takes them', async () => {
    const { result } = await bench.submit('a', { prompt: twoSaves });
    const run = await running();
    run.succeed([save(run, '2', 'a_x_00001_.png')]);
    const success = await result;
    if (success.outcome !== 'succeeded') throw new Error(success.failure.message);
    expect(bench.shelf.contentOf('a')).toEqual({});
    await success.delivered();
  });
});
