import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import sharp from 'sharp';

import { CHECKPOINT, imageToImage, textToImage } from './demo.graphs';
import { EMULATOR_ENTRY, GatewayProcess } from './gateway-process';
import { ProgressBar } from './progress-bar';

const OUTPUT_DIR = resolve('demo-output');
const SIZE = 512;

/** The main job, start to finish: a gateway, its engine, two pictures. */
async function main(): Promise<void> {
  const stayUp = !process.argv.includes('--exit');
  const startedAt = Date.now();
  const workspace = await prepareWorkspace();
  const port = await gatewayPort(Number(process.env['PORT'] || 3000));
  const base = `http://127.0.0.1:${port}`;
  const gateway = new GatewayProcess(await environmentFor(workspace, port));
  const end = async (): Promise<void> => {
    await gateway.stop();
    await rm(workspace, { recursive: true, force: true });
  };
  const interrupted = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  try {
    await Promise.race([gateway.whenUp(`${base}/ready`), failOn(interrupted)]);
    say(`Gateway and engine are up after ${seconds(Date.now() - startedAt)}.`);
    await Promise.race([makePictures(gateway, base), failOn(interrupted)]);
    if (!stayUp) return;
    say(
      `\n  API docs   ${base}/docs\n  probes     ${base}/health  ${base}/ready  ${base}/health/ready`,
    );
    say('\nThe gateway stays up; Ctrl+C ends it.');
    await Promise.race([interrupted, gateway.whenDown()]);
  } finally {
    await end();
  }
}

async function makePictures(gateway: GatewayProcess, base: string): Promise<void> {
  await mkdir(OUTPUT_DIR, { recursive: true });
  const first = await makePicture(gateway, base, 'text to image ', 'txt2img.png', {
    prompt: textToImage('a lighthouse at dawn, soft colours', 42),
  });
  const second = await makePicture(gateway, base, 'image to image', 'img2img.webp', {
    prompt: imageToImage('the same lighthouse in winter', 43, first.toString('base64')),
    convert_output: { format: 'webp', options: { quality: 90 } },
  });
  if (first.equals(second)) throw new Error('Both pictures are the same');
}

async function makePicture(
  gateway: GatewayProcess,
  base: string,
  title: string,
  filename: string,
  body: object,
): Promise<Buffer> {
  const bar = new ProgressBar(title, process.stdout);
  gateway.onLine = ({ msg, value, max }) => {
    if (msg === 'progress' && value !== undefined && max !== undefined) bar.show(value, max);
  };
  const response = await fetch(`${base}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as {
    readonly images?: readonly string[];
    readonly error?: string;
    readonly stats?: {
      readonly total_time: number;
      readonly comfy_execution: { readonly duration: number };
    };
  };
  const image = answer.images?.[0];
  if (image === undefined || !answer.stats) throw new Error(answer.error ?? 'No picture came back');
  const bytes = Buffer.from(image, 'base64');
  await check(bytes);
  const path = join(OUTPUT_DIR, filename);
  await writeFile(path, bytes);
  const { total_time: totalMs, comfy_execution: engine } = answer.stats;
  bar.done(`→ ${path}  (${seconds(totalMs)}, of which engine ${seconds(engine.duration)})`);
  return bytes;
}

/** A picture is right when it has its size and shows more than one flat colour. */
async function check(bytes: Buffer): Promise<void> {
  const { width, height } = await sharp(bytes).metadata();
  if (width !== SIZE || height !== SIZE) throw new Error(`The picture is ${width} × ${height}`);
  const { channels } = await sharp(bytes).stats();
  if (channels.every(({ min, max }) => min === max)) throw new Error('The picture is blank');
}

/** The emulator's folders, with one checkpoint in them. */
async function prepareWorkspace(): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'comfyui-gateway-demo-'));
  await mkdir(join(workspace, 'models', 'checkpoints'), { recursive: true });
  await mkdir(join(workspace, 'custom_nodes'));
  await mkdir(join(workspace, 'input'));
  await mkdir(join(workspace, 'output'));
  await writeFile(join(workspace, 'models', 'checkpoints', CHECKPOINT), '');
  return workspace;
}

async function environmentFor(
  workspace: string,
  port: number,
): Promise<Readonly<Record<string, string | undefined>>> {
  const comfyPort = await portNear(8188);
  const command = [process.execPath, EMULATOR_ENTRY, '--base-directory', workspace, '--cpu']
    .concat(['--port', String(comfyPort), '--preview-method', 'auto', '--step-ms', '40'])
    .map((word) => JSON.stringify(word))
    .join(' ');
  return {
    ...process.env,
    CMD: command,
    HOST: '127.0.0.1',
    PORT: String(port),
    COMFY_HOME: workspace,
    DIRECT_ADDRESS: '127.0.0.1',
    COMFYUI_PORT_HOST: String(comfyPort),
    INPUT_DIR: join(workspace, 'input'),
    OUTPUT_DIR: join(workspace, 'output'),
    STATE_DIR: join(workspace, 'state'),
    LOG_LEVEL: 'debug',
  };
}

async function gatewayPort(wanted: number): Promise<number> {
  const port = await portNear(wanted);
  if (port !== wanted) say(`Port ${wanted} is taken; this gateway listens at ${port}.`);
  return port;
}

/** The port itself when it is free, any other when it is not. */
async function portNear(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((found) => {
    const server = createServer();
    server.once('error', () => found(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

async function failOn(interrupted: Promise<void>): Promise<never> {
  await interrupted;
  throw new Error('Interrupted');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
