import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { CannotGenerateError } from '../generate-workflow.errors';

const START_TIMEOUT_MS = 30_000;

/** Starts the built emulator in an empty folder, hands over its url, and ends it. */
export async function withEmulator<T>(entry: string, ask: (url: string) => Promise<T>): Promise<T> {
  if (!existsSync(entry)) {
    throw new CannotGenerateError('There is no emulator to ask: run "npm run build" first.');
  }
  const base = await mkdtemp(join(tmpdir(), 'generate-workflow-'));
  await mkdir(join(base, 'custom_nodes'));
  // Its environment is ours without what is not its business, such as keys.
  const child = spawn(process.execPath, [entry, '--port', '0', '--base-directory', base, '--cpu'], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  try {
    return await ask(await urlOf(child, exited));
  } finally {
    child.kill('SIGTERM');
    await exited;
    await rm(base, { recursive: true, force: true });
  }
}

/** It prints the port that it took. */
async function urlOf(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  const printed = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const url = /To see the GUI go to: (\S+)/.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const ended = exited.then(() => {
    throw new CannotGenerateError('The emulator that was to list the nodes did not start.');
  });
  const late = sleep(START_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new CannotGenerateError('The emulator that was to list the nodes does not start.');
  });
  return Promise.race([printed, ended, late]);
}
