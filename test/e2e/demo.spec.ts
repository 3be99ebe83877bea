import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const RUN_APP = resolve(__dirname, '../../apps/run.cjs');

describe('the demo that ends by itself', () => {
  it('says where it went when its port is taken, and shows no link that leads nowhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'demo-'));
    const neighbour = createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    const { port } = neighbour.address() as AddressInfo;

    const { stdout } = await promisify(execFile)(
      process.execPath,
      [RUN_APP, '--no-build', 'demo', '--exit'],
      { cwd: folder, env: { ...process.env, PORT: String(port) } },
    );

    neighbour.close();
    expect(stdout).toMatch(
      new RegExp(`^Port ${port} is taken; this gateway listens at \\d+\\.$`, 'm'),
    );
    expect(stdout).not.toContain('http://');
    expect((await readdir(join(folder, 'demo-output'))).sort()).toEqual([
      'img2img.webp',
      'txt2img.png',
    ]);
    await rm(folder, { recursive: true });
  });
});
