import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';

import {
  aPrompt,
  freePort,
  launch,
  makeWorkspace,
  type LaunchedGateway,
  type LaunchOptions,
  type Workspace,
} from '@gateway/testing';

import { SmallDisk } from '../failing-disk';

const SET_CMD = 'Set CMD to what starts ComfyUI, or to nothing to attach to a running one.';

describe('a gateway that cannot start says why in plain sentences and exits with 1', () => {
  let workspace: Workspace;
  let gateway: LaunchedGateway | undefined;
  let neighbour: Server | undefined;
  let disk: SmallDisk | undefined;

  beforeEach(async () => {
    workspace = await makeWorkspace();
  });

  afterEach(async () => {
    await gateway?.process.end();
    neighbour?.close();
    disk?.remove();
    await workspace.remove();
    gateway = neighbour = disk = undefined;
  });

  it('when its port is taken', async () => {
    const taken = await takePort();

    expect(await complaint({ env: { PORT: String(taken) } })).toEqual([
      `Port ${taken} is taken: choose another with PORT.`,
    ]);
  });

  it("when something else listens at ComfyUI's port", async () => {
    const taken = await takePort();

    const [sentence, ...rest] = await complaint({ env: { COMFYUI_PORT_HOST: String(taken) } });

    expect(sentence).toContain(`Another program already listens on 127.0.0.1:${taken}`);
    expect(rest).toEqual([]);
  });

  it('when variables mean nothing: all of them, one line each', async () => {
    const env = {
      PORT: 'eighty',
      COMFY_MAX_IN_FLIGHT: '0',
      ALWAYS_RESTART_COMFYUI: 'perhaps',
      SHUTDOWN_GRACE_S: '-1',
      LOG_LEVEL: 'loud',
      SYSTEM_WEBHOOK_EVENTS: 'progress,finished',
      SYSTEM_WEBHOOK_URL: 'somewhere',
      WEBHOOK_SECRET: 'not base64!',
      PROMPT_WEBHOOK_RETRIES: 'many',
      URL_DENY_HOSTS: 'http://a/',
    };

    const lines = await complaint({ env });

    expect(lines.map((line) => line.split(' ')[0]).toSorted()).toEqual(Object.keys(env).toSorted());
    for (const line of lines) expect(line).toMatch(/^\w+ must (?:be|name) /);
  });

  it('when there is no such program', async () => {
    expect(await complaint({ command: () => 'no-such-program --listen' })).toEqual([
      `ComfyUI could not be launched: "no-such-program" was not found (CMD). ${SET_CMD}`,
    ]);
  });

  it('when ComfyUI does not answer in time', async () => {
    expect(
      await complaint({ scenario: 'never-ready', env: { STARTUP_CHECK_MAX_TRIES: '1' } }),
    ).toEqual([
      'ComfyUI was started but did not answer within 1 s (STARTUP_CHECK_MAX_TRIES × STARTUP_CHECK_INTERVAL_S). Its log above may say why.',
    ]);
  });

  it('when that program may not be executed', async () => {
    const script = join(workspace.base, 'launch.sh');
    await writeFile(script, 'exec sleep 1000', { mode: 0o644 });

    expect(await complaint({ command: () => script })).toEqual([
      `ComfyUI could not be launched: "${script}" may not be executed (CMD). ${SET_CMD}`,
    ]);
  });

  it.each([
    ['&&', (emulator: string) => `cd /tmp && ${emulator}`],
    ['|', (emulator: string) => `${emulator} | tee log`],
  ])('when the command holds shell syntax: %s', async (operator, command) => {
    const [sentence, ...rest] = await complaint({ command });

    expect(sentence).toContain(`"${operator}" is shell syntax and no shell runs it`);
    expect(rest).toEqual([]);
  });

  it.each(['COMFY_HOME', 'WORKFLOW_DIR'])(
    'when %s names a folder that is not there, launched or attached',
    async (variable) => {
      const missing = join(workspace.base, 'nowhere');
      const sentence = `${variable} must name a folder; ${missing} is none`;

      expect(await complaint({ env: { [variable]: missing } })).toEqual([sentence]);
      expect(await complaint({ command: () => '', env: { [variable]: missing } })).toEqual([
        sentence,
      ]);
    },
  );

  it('when a file stands where the state folder should be', async () => {
    const inTheWay = join(workspace.base, 'a-file');
    await writeFile(inTheWay, '');

    expect(await complaint({ env: { STATE_DIR: inTheWay } })).toEqual([
      `STATE_DIR cannot be used: ${inTheWay} is not a folder.`,
    ]);
    expect(await complaint({ env: { STATE_DIR: join(inTheWay, 'state') } })).toEqual([
      `STATE_DIR cannot be used: ${join(inTheWay, 'state')} is not a folder.`,
    ]);
  });

  it('when the state folder cannot be made', async () => {
    expect(await complaint({ env: { STATE_DIR: '/proc/state' } })).toEqual([
      'STATE_DIR cannot be used: /proc/state cannot be made.',
    ]);
  });

  /** The superuser may write everywhere. */
  const asUser = process.getuid?.() === 0 ? it.skip : it;

  asUser('when the state folder may not be written to', async () => {
    const folder = join(workspace.base, 'read-only');
    await mkdir(folder);
    await chmod(folder, 0o500);

    expect(await complaint({ env: { STATE_DIR: folder } })).toEqual([
      `STATE_DIR cannot be used: ${folder} may not be read and written.`,
    ]);
  });

  const withSmallDisk = SmallDisk.isPossible ? it : it.skip;

  withSmallDisk('when the state folder is on a read-only file system, or a full one', async () => {
    disk = new SmallDisk();
    const folder = join(disk.folder, 'state');
    await mkdir(folder);
    disk.fill();
    expect(await complaint({ env: { STATE_DIR: folder } })).toEqual([
      expect.stringMatching(
        /^The state in \S+ cannot be used: the disk is full\. Put that right, or choose another STATE_DIR\.$/,
      ),
    ]);
    disk.makeReadOnly();
    expect(await complaint({ env: { STATE_DIR: folder } })).toEqual([
      `STATE_DIR cannot be used: ${folder} is on a read-only file system.`,
    ]);
  });

  it('when the state is broken, which it leaves as it is', async () => {
    const ports = { gateway: await freePort(), engine: await freePort() };
    gateway = await launch({ workspace, ports });
    expect((await gateway.prompt(aPrompt().build(), { id: 'kept', keep: true })).status).toBe(200);
    await gateway.process.end();
    const file = join(workspace.state, `state-${ports.gateway}.sqlite`);
    const whole = await readFile(file);
    const advice =
      'Restore a copy, or move it away, its -wal and -shm with it, and start without the jobs and files that it knew.';
    const problems = [
      [[0], `The state in ${file} cannot be used: it is no SQLite database.`],
      [await pagesOf(file, 'jobs'), `The gateway's state cannot be used: its file is corrupt.`],
    ] as const;
    for (const [pages, problem] of problems) {
      const broken = Buffer.from(whole);
      for (const page of pages) broken.fill(0xff, page * 4096, (page + 1) * 4096);
      await writeFile(file, broken);
      expect(await complaint({ ports })).toEqual([`${problem} ${advice}`]);
      expect((await readFile(file)).equals(broken)).toBe(true);
    }

    await writeFile(file, whole);
    gateway = await launch({ workspace, ports });
    expect((await gateway.get('/api/v2/jobs/kept')).json).toMatchObject({ status: 'succeeded' });
  });

  it('when a gateway runs there already, which is not disturbed', async () => {
    const first = await launch({ workspace });
    try {
      const { ports } = first;
      const file = join(workspace.state, `state-${ports.gateway}.sqlite`);
      expect(await complaint({ ports })).toEqual([
        `The state in ${file} cannot be used: another process holds it. Most likely a gateway runs on ` +
          'this PORT already, or is still ending: end it, or choose another PORT or STATE_DIR.',
      ]);
      const elsewhere = join(workspace.base, 'another-state');
      expect(await complaint({ ports, env: { STATE_DIR: elsewhere } })).toEqual([
        `Port ${ports.gateway} is taken: choose another with PORT.`,
      ]);
      expect((await first.prompt(aPrompt().build())).status).toBe(200);
    } finally {
      await first.process.end();
    }
  });

  it('when its address is none of this machine', async () => {
    expect(await complaint({ env: { HOST: '192.0.2.1' } })).toEqual([
      'HOST 192.0.2.1 is not an address of this machine.',
    ]);
  });

  /** What it wrote to stderr before it exited with 1. */
  async function complaint(options: LaunchOptions): Promise<readonly string[]> {
    gateway = await launch({ ...options, workspace, waitUntilReady: false });
    expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
    const { stderrLines } = gateway.process;
    expect(stderrLines.filter((line) => /^\s+at /.test(line))).toEqual([]);
    return stderrLines;
  }

  /** Where a table of a database begins, and each of its indices. */
  async function pagesOf(file: string, table: string): Promise<readonly number[]> {
    const { default: Database } = await import('libsql');
    const database = new Database(file);
    const sql = 'SELECT rootpage FROM sqlite_master WHERE tbl_name = ?';
    const rows = database.prepare(sql).all(table) as readonly { readonly rootpage: number }[];
    database.close();
    return rows.map(({ rootpage }) => rootpage - 1);
  }

  async function takePort(): Promise<number> {
    neighbour = createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    return (neighbour.address() as AddressInfo).port;
  }
});
