/**
 * The official SDK as its users run it: an ES module in a process of its own. `node client.mjs <scenario>`
 * does something with it and prints what came of that as JSON.
 */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

import { Comfy } from '@comfyorg/sdk';

const [, , scenario, argument] = process.argv;
const client = new Comfy();

const quick = () => ({
  1: { class_type: 'EmptyImage', inputs: { width: 64, height: 48, batch_size: 1, color: 255 } },
  2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'sdk' } },
});

const slow = (steps) => ({
  10: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'test.safetensors' } },
  11: { class_type: 'CLIPTextEncode', inputs: { text: 'a test', clip: ['10', 1] } },
  12: { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
  13: {
    class_type: 'KSampler',
    inputs: {
      model: ['10', 0],
      positive: ['11', 0],
      negative: ['11', 0],
      latent_image: ['12', 0],
      seed: 7,
      steps,
      cfg: 7,
      sampler_name: 'euler',
      scheduler: 'normal',
      denoise: 1,
    },
  },
  1: { class_type: 'VAEDecode', inputs: { samples: ['13', 0], vae: ['10', 2] } },
  2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'sdk' } },
});

const workflow = (graph) => client.workflows.fromJson(graph);

/** The class and the code of what it throws. */
async function thrown(work) {
  try {
    await work();
    return 'nothing';
  } catch (error) {
    return { name: error.constructor.name, code: error.code, details: error.details };
  }
}

async function untilRunning(job) {
  while ((await job.refresh()).status === 'queued') await pause(50);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const scenarios = {
  async run() {
    const job = await client.run(workflow(quick()));
    const [output] = job.getOutputs('2');
    const path = join(tmpdir(), `sdk-output-${process.pid}.png`);
    const whole = await readFile(await output.toFile(path));
    const range = await output.toBytes({ range: [1, 3] });
    const again = await client.jobs.get(job.id);
    const { format, workflow: graph } = await again.getWorkflow();
    const { url } = await output.getDownloadUrl();
    return {
      status: job.status,
      outputs: job.outputs.length,
      type: output.type,
      bytes: whole.length === Number(output.sizeBytes),
      range: Buffer.from(range).toString('latin1'),
      format,
      graph,
      linked: (await (await fetch(url)).arrayBuffer()).byteLength === whole.length,
    };
  },

  async assets() {
    const bytes = await readFile(argument);
    const upload = () => client.assets.fromBytes(bytes, { filename: 'photo.png' });
    const [first, second] = [upload(), upload()];
    await first.commit();
    await second.commit();
    const loading = workflow({
      ...quick(),
      1: { class_type: 'LoadImage', inputs: { image: upload() } },
    });
    const job = await client.run(loading);
    await first.delete();
    return {
      createdNew: [first.createdNew, second.createdNew],
      status: job.status,
      outputs: job.outputs.length,
      deleted: await thrown(() => client.assets.get(first.id)),
    };
  },

  async events() {
    const job = await client.submit(workflow(slow(40)));
    const seen = [];
    for await (const event of job.events()) seen.push(event);
    const kinds = [...new Set(seen.map(({ kind }) => kind))].sort();
    const values = seen.filter(({ kind }) => kind === 'progress').map(({ value }) => value);
    const ready = seen.find(({ kind }) => kind === 'outputReady');
    return {
      kinds,
      rises: values.every((value, index) => index === 0 || value >= values[index - 1]),
      last: seen.at(-1).status,
      output: (await ready.output.toBytes()).length > 0,
    };
  },

  async cancel() {
    const running = await client.submit(workflow(slow(400)));
    await untilRunning(running);
    const waiting = await client.submit(workflow(slow(400)));
    await waiting.cancel();
    await running.cancel();
    await running.wait();
    return [waiting.status, running.status, await thrown(() => running.result())];
  },

  async errors() {
    const id = '9f8a1c0d-2b3e-4f56-8a7b-1c2d3e4f5a6b';
    const missing = { ...quick(), 1: { class_type: 'LoadImage', inputs: {} } };
    missing[1].inputs.image = { __type: 'core/ASSET', info: { id } };
    const broken = quick();
    broken[1].inputs.width = 0;
    const idempotencyKey = `key-${process.pid}`;
    const submit = (graph, options) => thrown(() => client.submit(workflow(graph), options));
    return {
      ui: await submit({ nodes: [], links: [] }),
      invalid: await submit(broken),
      missing: await submit(missing),
      first: await submit(quick(), { idempotencyKey }),
      again: await submit(quick(), { idempotencyKey }),
      nobody: await thrown(() => client.jobs.get('nobody')),
    };
  },

  async failure() {
    const job = await client
      .run(
        workflow({
          ...quick(),
          1: { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } },
          3: { class_type: 'ImageBlur', inputs: { image: ['1', 0], blur_radius: 31, sigma: 1 } },
          2: { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'sdk' } },
        }),
      )
      .catch((error) => error);
    return { name: job.constructor.name, code: job.code };
  },

  /** The queue takes one: the third is sent again by the SDK until there is room. */
  async full() {
    const first = await client.submit(workflow(slow(40)));
    await untilRunning(first);
    const jobs = [first];
    jobs.push(await client.submit(workflow(quick())));
    jobs.push(await client.submit(workflow(quick())));
    await Promise.all(jobs.map((job) => job.wait()));
    return jobs.map(({ status }) => status);
  },
};

process.stdout.write(JSON.stringify(await scenarios[scenario]()));
