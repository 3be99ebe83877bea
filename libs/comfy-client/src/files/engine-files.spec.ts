import fs, {
  mkdtemp,
  mkdir,
  readFile,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import type { OutputFile } from '@gateway/comfy-protocol';
import { eventually } from '@gateway/testing';

import {
  OutputChangedError,
  OutputMissingError,
  PathOutsideFolderError,
} from '../comfy-client.errors';
import { ComfyHttp } from '../http/comfy.http';
import { DiskEngineFiles } from './disk.engine-files';
import type { EngineFiles, OpenedFile } from './engine-files.port';
import { HttpEngineFiles } from './http.engine-files';

let root: string;
let server: Server;
let http: ComfyHttp;
/** What `/view` knows, by its query. */
let viewable: Map<string, string>;
let uploads: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'engine-files-'));
  await Promise.all(
    ['input', 'output/clips'].map((at) => mkdir(join(root, at), { recursive: true })),
  );
  viewable = new Map();
  uploads = [];
  server = createServer((request, response) => {
    if (request.url === '/upload/image') {
      void buffer(request).then((body) => {
        uploads.push(body.toString());
        response.end('{"name":"cat (1).png","subfolder":"job","type":"input"}');
      });
      return;
    }
    const body = viewable.get(new URL(request.url ?? '', 'http://engine').search);
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  http = new ComfyHttp({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterEach(async () => {
  await http.close();
  server.close();
  await rm(root, { recursive: true });
});

const onDisk = (): EngineFiles =>
  new DiskEngineFiles({ inputDir: join(root, 'input'), outputDir: join(root, 'output'), http });
const overHttp = (): EngineFiles => new HttpEngineFiles(http);

/** Puts an output where the adapter under test finds it. */
async function place(file: OutputFile, bytes: string): Promise<void> {
  const { filename, subfolder, type } = file;
  viewable.set(`?${new URLSearchParams({ filename, subfolder, type }).toString()}`, bytes);
  if (type === 'output') await writeFile(join(root, 'output', subfolder, filename), bytes);
}

describe.each([
  ['DiskEngineFiles', onDisk],
  ['HttpEngineFiles', overHttp],
])('%s', (_name, create) => {
  it('opens an output with its size and type, and streams it', async () => {
    await place(anOutput({ filename: 'a.mp4', subfolder: 'clips' }), 'moving');
    const opened = await create().open(anOutput({ filename: 'a.mp4', subfolder: 'clips' }));
    expect(opened).toMatchObject({ sizeBytes: 6, contentType: 'video/mp4' });
    expect(await buffer(opened.stream())).toEqual(Buffer.from('moving'));
    opened.close();
  });

  it('opens a temporary output', async () => {
    const preview = anOutput({ filename: 'p.png', type: 'temp' });
    await place(preview, 'seen');
    const opened = await create().open(preview);
    expect(await buffer(opened.stream())).toEqual(Buffer.from('seen'));
  });

  it('says that an output is missing before anything is read', async () => {
    await expect(create().open(anOutput())).rejects.toBeInstanceOf(OutputMissingError);
  });

  it('releases a file that nobody read, and lets itself be closed twice', async () => {
    await place(anOutput(), 'bytes');
    const opened = await create().open(anOutput());
    opened.close();
    opened.close();
    expect(() => opened.stream()).toThrow(/only once/);
  });

  it.each(['bytes', 'stream'])(
    'stores an input given as %s and names it for the graph',
    async (kind) => {
      const bytes = kind === 'bytes' ? Buffer.from('meow') : Readable.from([Buffer.from('meow')]);
      const value = await create().putInput({ subfolder: 'job', filename: 'cat.png' }, bytes);
      expect(value).toMatch(/^job\/cat.*\.png$/);
    },
  );
});

describe('DiskEngineFiles', () => {
  it('asks the engine once for an output that is not on this disk', async () => {
    viewable.set('?filename=elsewhere.png&subfolder=&type=output', 'far');
    const opened = await onDisk().open(anOutput({ filename: 'elsewhere.png' }));
    expect(await buffer(opened.stream())).toEqual(Buffer.from('far'));
  });

  it.each([
    { filename: '../secret.txt' },
    { filename: 'secret.txt', subfolder: '..' },
    { filename: 'secret.txt', subfolder: 'clips/../..' },
    { filename: '/etc/passwd' },
  ])('opens nothing outside its folder: %j', async (names) => {
    await writeFile(join(root, 'secret.txt'), 'secret');
    const file = anOutput(names);
    await expect(onDisk().open(file)).rejects.toBeInstanceOf(PathOutsideFolderError);
    await onDisk()
      .remove(file)
      .catch(() => undefined);
    expect(await readFile(join(root, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('does not follow a symlink out of its folder', async () => {
    await mkdir(join(root, 'private'));
    await writeFile(join(root, 'private', 'key.png'), 'secret');
    await symlink(join(root, 'private'), join(root, 'output', 'link'));
    await symlink(join(root, 'private'), join(root, 'input', 'link'));
    const file = anOutput({ filename: 'key.png', subfolder: 'link' });
    await expect(onDisk().open(file)).rejects.toBeInstanceOf(OutputMissingError);
    await expect(onDisk().remove(file)).rejects.toBeInstanceOf(PathOutsideFolderError);
    const put = onDisk().putInput({ subfolder: 'link', filename: 'x.png' }, Buffer.from('x'));
    await expect(put).rejects.toBeInstanceOf(PathOutsideFolderError);
    await onDisk().removeInputs('link');
    expect(await readdir(join(root, 'private'))).toEqual(['key.png']);
  });

  it('leaves what is below a symlink out of its folder to the engine', async () => {
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere', 'a.png'), 'from the disk');
    await symlink(join(root, 'elsewhere'), join(root, 'output', 'link'));
    viewable.set('?filename=a.png&subfolder=link&type=output', 'from the engine');
    const opened = await onDisk().open(anOutput({ subfolder: 'link' }));
    expect(await buffer(opened.stream())).toEqual(Buffer.from('from the engine'));
  });

  it('works in a folder that is itself reached by a symlink', async () => {
    await place(anOutput(), 'bytes');
    await symlink(join(root, 'output'), join(root, 'linked'));
    const files = new DiskEngineFiles({ inputDir: root, outputDir: join(root, 'linked'), http });
    const opened = await files.open(anOutput());
    expect(opened.sizeBytes).toBe(5);
    opened.close();
  });

  it.each([
    ['as a stream', (opened: OpenedFile) => buffer(opened.stream())],
    [
      'piece by piece',
      async (opened: OpenedFile) => {
        const pieces: Buffer[] = [];
        for await (const piece of opened.stream()) pieces.push(piece as Buffer);
        return Buffer.concat(pieces);
      },
    ],
  ])('holds no file open that was read %s, or let go unread', async (_, read) => {
    const small = 'small';
    const large = 'large'.repeat(100_000);
    const before = (await readdir('/dev/fd')).length;
    for (const content of [small, large]) {
      await place(anOutput(), content);
      const opened = await onDisk().open(anOutput());
      expect((await read(opened)).toString()).toBe(content);
      opened.close();
      opened.close();
      (await onDisk().open(anOutput())).close();
    }
    await eventually(async () => (await readdir('/dev/fd')).length === before, 'all are closed');
  });

  it.each(['half', 'the whole, and then some'])(
    'does not pass off %j as what ComfyUI wrote, when that changed after it was opened',
    async (bytes) => {
      await place(anOutput(), 'the whole');
      const opened = await onDisk().open(anOutput());
      await writeFile(join(root, 'output', 'a.png'), bytes);
      await expect(buffer(opened.stream())).rejects.toBeInstanceOf(OutputChangedError);
      opened.close();
    },
  );

  it('removes outputs only, and does not mind a missing one', async () => {
    await place(anOutput(), 'bytes');
    await onDisk().remove(anOutput({ type: 'temp' }));
    expect(await readdir(join(root, 'output'))).toContain('a.png');
    await onDisk().remove(anOutput());
    await onDisk().remove(anOutput());
    expect(await readdir(join(root, 'output'))).toEqual(['clips']);
  });

  it('removes the outputs of a beginning that were written since, in any folder', async () => {
    const since = Date.now();
    const old = join(root, 'output', 'job_old.png');
    await writeFile(old, 'there before');
    await utimes(old, new Date(since - 60_000), new Date(since - 60_000));
    for (const subfolder of ['', 'clips', 'clips/deep']) {
      await mkdir(join(root, 'output', subfolder), { recursive: true });
      await place(anOutput({ subfolder, filename: 'job_a.png' }), 'bytes');
      await place(anOutput({ subfolder, filename: 'other_job_a.png' }), 'bytes');
    }
    await onDisk().removeBeginningWith('job_', since);
    const left = await readdir(join(root, 'output'), { recursive: true });
    expect(left.filter((name) => name.endsWith('.png')).sort()).toEqual([
      'clips/deep/other_job_a.png',
      'clips/other_job_a.png',
      'job_old.png',
      'other_job_a.png',
    ]);
  });

  it('removes for all who ask at once, and for those who come while it looks', async () => {
    const files = onDisk();
    const names = ['a_1.png', 'b_1.png', 'c_1.png', 'd_1.png'];
    for (const filename of names) await place(anOutput({ filename }), 'bytes');
    const first = ['a_', 'b_'].map((beginning) => files.removeBeginningWith(beginning, 0));
    await Promise.resolve();
    const later = ['c_', 'nobody_'].map((beginning) => files.removeBeginningWith(beginning, 0));
    await Promise.all([...first, ...later]);
    const left = await readdir(join(root, 'output'));
    expect(left.filter((name) => names.includes(name))).toEqual(['d_1.png']);
  });

  it('removes the others when one cannot be removed, then says so, and goes on', async () => {
    const files = onDisk();
    const locked = join(root, 'output', 'locked');
    await mkdir(locked);
    for (const subfolder of ['', 'locked']) {
      await place(anOutput({ subfolder, filename: 'a_1.png' }), 'bytes');
    }
    const unlink = jest.spyOn(fs, 'unlink').mockImplementation(async (path) => {
      if (String(path).includes('locked')) throw new Error('not permitted');
      await rm(path);
    });
    await expect(files.removeBeginningWith('a_', 0)).rejects.toThrow('not permitted');
    expect(await readdir(join(root, 'output'))).not.toContain('a_1.png');
    unlink.mockRestore();
    await files.removeBeginningWith('a_', 0);
    expect(await readdir(locked)).toEqual([]);
  });

  it('leaves nothing behind of an input that broke off', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('half');
        throw new Error('the download broke off');
      })(),
    );
    const put = onDisk().putInput({ subfolder: 'job', filename: 'cat.png' }, broken);
    await expect(put).rejects.toThrow('the download broke off');
    expect(await readdir(join(root, 'input', 'job'))).toEqual([]);
  });

  it.each(['../cat.png', 'a/cat.png', '', '..'])(
    'refuses %j as the name of an input',
    async (filename) => {
      const put = onDisk().putInput({ subfolder: '', filename }, Buffer.from('x'));
      await expect(put).rejects.toBeInstanceOf(PathOutsideFolderError);
    },
  );

  it('removes the inputs of a sub-folder, but never the whole folder', async () => {
    const files = onDisk();
    await files.putInput({ subfolder: 'job', filename: 'cat.png' }, Buffer.from('x'));
    await files.putInput({ subfolder: '', filename: 'mine.png' }, Buffer.from('x'));
    for (const subfolder of ['job', 'unknown', '', '.', 'job/..', '..']) {
      await files.removeInputs(subfolder);
    }
    expect(await readdir(join(root, 'input'))).toEqual(['mine.png']);
    expect(await readdir(root)).toEqual(['input', 'output']);
  });
});

describe('HttpEngineFiles', () => {
  it('uses the name that ComfyUI gave the upload', async () => {
    const name = { subfolder: 'job', filename: 'çat".png' };
    expect(await overHttp().putInput(name, Buffer.from('meow'))).toBe('job/cat (1).png');
    expect(uploads[0]).toContain('name="image"; filename="çat_.png"');
    expect(uploads[0]).toContain('name="subfolder"\r\n\r\njob\r\n');
    expect(uploads[0]).toContain('\r\n\r\nmeow\r\n--');
  });

  it('removes nothing, because ComfyUI has no route for it', async () => {
    await place(anOutput(), 'bytes');
    await overHttp().remove(anOutput());
    await overHttp().removeInputs('job');
    expect(await readdir(join(root, 'output'))).toContain('a.png');
  });
});

function anOutput(changes: Partial<OutputFile> = {}): OutputFile {
  return {
    ...{
      kind: 'file',
      nodeId: '9',
      key: 'images',
      filename: 'a.png',
      subfolder: '',
      type: 'output',
    },
    ...changes,
  };
}
