import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withImageEnvironment } from './image-environment';

const command = { program: 'python', arguments: ['main.py', '--port', '8188', 'a b'] };

describe('withImageEnvironment', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ai dock '));
    for (const folder of ['etc', 'bin', 'venv/bin']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    writeFileSync(join(root, 'etc/environment.sh'), 'export FROM_IMAGE=yes');
    writeFileSync(join(root, 'bin/venv-set.sh'), `COMFYUI_VENV="${root}/venv"; VENV_OF=$1`);
    writeFileSync(join(root, 'venv/bin/activate'), 'export VIRTUAL_ENV="$VENV_OF venv"');
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("loads ai-dock's scripts, then becomes the command with its words as they are", () => {
    const { program, arguments: words } = withImageEnvironment(
      { program: 'bash', arguments: ['-c', 'echo "$FROM_IMAGE|$VIRTUAL_ENV|$1|$$"', 'x', "a 'b"] },
      { name: 'ai-dock', root },
      existsSync,
    );
    const printed = execFileSync(program, words, { encoding: 'utf8' }).trim();
    expect(printed).toMatch(/^yes\|comfyui venv\|a 'b\|\d+$/);
  });

  it('leaves the command alone where one of the scripts is missing', () => {
    rmSync(join(root, 'bin/venv-set.sh'));
    expect(withImageEnvironment(command, { name: 'ai-dock', root }, existsSync)).toBe(command);
  });

  it.each(['', 'runpod'])('leaves the command alone for the base %j', (name) => {
    expect(withImageEnvironment(command, { name, root }, existsSync)).toBe(command);
  });
});
