import { chmod, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { prepareStateFolder } from './state-folder';

describe('the folder of the state', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'state-folder-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  const modeOf = async (folder: string) => (await stat(folder)).mode & 0o7777;

  async function existing(mode: number): Promise<string> {
    const folder = join(root, 'there');
    await mkdir(folder);
    await chmod(folder, mode);
    return folder;
  }

  it('is made for us alone, with those above it', async () => {
    const folder = join(root, 'a', 'b');
    await prepareStateFolder(folder);
    expect([await modeOf(join(root, 'a')), await modeOf(folder)]).toEqual([0o700, 0o700]);
  });

  it.each([
    [0o755, 0o700],
    [0o777, 0o700],
    [0o2770, 0o2700],
    [0o700, 0o700],
  ])('is closed to others when it is there and ours: %o', async (mode, closed) => {
    const folder = await existing(mode);
    await prepareStateFolder(folder);
    expect(await modeOf(folder)).toBe(closed);
  });

  it('stays as it is when it is meant for many', async () => {
    const folder = await existing(0o1777);
    await prepareStateFolder(folder);
    expect(await modeOf(folder)).toBe(0o1777);
  });

  const asRoot = process.geteuid?.() === 0 ? it : it.skip;
  asRoot('stays as it is when it is somebody else’s', async () => {
    const folder = await existing(0o777);
    await chown(folder, 12_345, 12_345);
    await prepareStateFolder(folder);
    expect(await modeOf(folder)).toBe(0o777);
  });
});
