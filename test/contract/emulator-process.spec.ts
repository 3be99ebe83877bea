import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { EngineClient } from './support/engine.client';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { RecordingClient } from './support/recording.client';
import { textPrompt } from './support/prompts';

describe("the emulator's process", () => {
  const children: EmulatorChild[] = [];

  const launch = (...args: Parameters<typeof launchEmulator>): EmulatorChild => {
    const child = launchEmulator(...args);
    children.push(child);
    return child;
  };

  afterEach(async () => {
    for (const child of children.splice(0)) await child.stop();
  });

  it.each([
    [['--no-such-option'], 2, 'usage: main.py'],
    [['--port', 'x'], 2, 'usage: main.py'],
    [['--preview-method', 'sometimes'], 2, 'usage: main.py'],
    [['--cache-none', '--cache-lru', '3'], 2, 'usage: main.py'],
    [['--front-end-root', '/no/such'], 2, 'does not exist'],
    [['--user-directory', '/no/such'], 2, 'does not exist'],
    [['--extra-model-paths-config', '/no/such.yaml'], 1, 'FileNotFoundError'],
    [['--scenario', 'no-such'], 2, "Unknown scenario 'no-such'"],
  ])('ends on %j with %i', async (args, code, text) => {
    const child = launch(args);
    expect(await child.exited).toEqual({ code, signal: null });
    expect(child.stderr()).toContain(text);
    expect(child.stderr()).not.toMatch(/^\s+at /m);
  });

  it('needs custom_nodes in a base directory, unless custom nodes are off', async () => {
    const child = launch();
    await child.url;
    const base = child.baseDirectory;
    rmSync(join(base, 'custom_nodes'), { recursive: true });
    const args = ['--base-directory', base, '--port', '0'];
    expect(await launch(args, { bare: true }).exited).toEqual({ code: 1, signal: null });
    await launch([...args, '--disable-all-custom-nodes'], { bare: true }).url;
  });

  it('ends with 1 and one sentence when the port is taken', async () => {
    const squatter = createServer();
    const port = await new Promise<number>((resolve) => {
      squatter.listen(0, '127.0.0.1', () => {
        resolve((squatter.address() as AddressInfo).port);
      });
    });
    const child = launch(['--port', String(port)]);
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.stderr()).toContain(
      `OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', ${port}): address already in use`,
    );
    squatter.close();
  });

  it('ends with 0 after --quick-test-for-ci', async () => {
    expect(await launch(['--quick-test-for-ci']).exited).toEqual({ code: 0, signal: null });
  });

  it('dies of SIGTERM, leaving temp and breaking sockets without a close frame', async () => {
    const child = launch();
    const socket = await RecordingClient.connect(await child.url);
    const temp = join(child.baseDirectory, 'temp');
    mkdirSync(temp, { recursive: true });
    child.process.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await socket.closed()).toBe(1006);
    expect(existsSync(temp)).toBe(true);
  });

  it('leaves on SIGINT with 0 and an empty temp, not waiting for the running prompt', async () => {
    const child = launch(['--scenario', 'hang-in-node']);
    const engine = new EngineClient(await child.url);
    await engine.queue(textPrompt('x'));
    mkdirSync(join(child.baseDirectory, 'temp'), { recursive: true });
    child.process.kill('SIGINT');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toContain('Stopped server');
    expect(existsSync(join(child.baseDirectory, 'temp'))).toBe(false);
  });

  it('dies of a second SIGINT', async () => {
    const child = launch();
    await child.url;
    child.process.kill('SIGINT');
    await delay(50);
    child.process.kill('SIGINT');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGINT' });
  });

  it('wipes temp at start, inside of the temp directory it is given', async () => {
    const first = launch();
    await first.url;
    const own = join(first.baseDirectory, 'elsewhere');
    mkdirSync(join(own, 'temp'), { recursive: true });
    writeFileSync(join(own, 'temp', 'old.png'), 'x');
    writeFileSync(join(own, 'kept.png'), 'x');
    await launch(['--temp-directory', own]).url;
    expect(existsSync(join(own, 'temp', 'old.png'))).toBe(false);
    expect(existsSync(join(own, 'kept.png'))).toBe(true);
  });

  it('does not create an input directory it is given, and then lacks the nodes that list it', async () => {
    const child = launch(['--input-directory', '/no/such/input']);
    const engine = new EngineClient(await child.url);
    expect((await engine.get('/object_info')).json['LoadImage']).toBeUndefined();
    expect((await engine.get('/object_info/LoadImage')).status).toBe(500);
  });

  it('prints what a supervisor may look for', async () => {
    const child = launch();
    const engine = new EngineClient(await child.url);
    await engine.run(textPrompt('x'));
    await engine.post('/prompt', { prompt: {} });
    for (const line of [
      'Starting server',
      'got prompt',
      'Prompt executed in 0.0',
      'invalid prompt: {',
    ]) {
      expect(child.stderr()).toContain(line);
    }
  });

  it('listens on every address of a list', async () => {
    const child = launch(['--listen', '127.0.0.1,::1']);
    const { port } = new URL(await child.url);
    await delay(50);
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/prompt`)).status).toBe(200);
    }
  });

  it('answers other origins when told to', async () => {
    const engine = new EngineClient(await launch(['--enable-cors-header']).url);
    const answer = await engine.get('/prompt', { origin: 'http://elsewhere.example' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('hides custom nodes with --disable-all-custom-nodes, but for the listed ones', async () => {
    const plain = new EngineClient(await launch(['--disable-all-custom-nodes']).url);
    expect((await plain.get('/object_info/SaveImageWebsocket')).json).toEqual({});
    const listed = [
      '--disable-all-custom-nodes',
      '--whitelist-custom-nodes',
      'websocket_image_save.py',
    ];
    const kept = new EngineClient(await launch(listed).url);
    expect((await kept.get('/object_info/SaveImageWebsocket')).json).not.toEqual({});
  });
});
