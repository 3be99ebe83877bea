import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** How a process ended. */
interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An emulator running as a process of its own, in a base directory of its own. */
export interface EmulatorChild {
  readonly process: ChildProcess;
  readonly baseDirectory: string;
  /** Where it answers; rejects if it ends before it is ready. */
  readonly url: Promise<string>;
  readonly exited: Promise<ProcessExit>;
  readonly stderr: () => string;
  /** Ends the process and removes its directory. */
  stop(): Promise<void>;
}

const MAIN =
  process.env['EMULATOR_MAIN'] ??
  resolve(__dirname, '../../../dist/apps/comfyui-emulator/src/main.js');
const READY_LINE = /To see the GUI go to: (\S+)/;

export interface LaunchOptions {
  /** A directory to keep using after a restart; a fresh one otherwise. */
  readonly baseDirectory?: string;
  /** Leave out `--base-directory` and `--port`. */
  readonly bare?: boolean;
}

/** Starts the built emulator on a free port. */
export function launchEmulator(
  args: readonly string[] = [],
  options: LaunchOptions = {},
): EmulatorChild {
  const baseDirectory = options.baseDirectory ?? mkdtempSync(join(tmpdir(), 'emulator-'));
  mkdirSync(join(baseDirectory, 'custom_nodes'), { recursive: true });
  const place = options.bare === true ? [] : ['--base-directory', baseDirectory, '--port', '0'];
  const child = spawn(process.execPath, [MAIN, ...place, ...args], {
    cwd: baseDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  const exited = new Promise<ProcessExit>((settle) => {
    child.once('close', (code, signal) => {
      settle({ code, signal });
    });
  });
  const url = new Promise<string>((settle, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const address = READY_LINE.exec(stderr)?.[1];
      if (address !== undefined) settle(address);
    });
    void exited.then(() => {
      reject(new Error(`The emulator ended before it was ready:\n${stderr}`));
    });
  });
  url.catch(() => undefined);
  return {
    process: child,
    baseDirectory,
    url,
    exited,
    stderr: () => stderr,
    async stop() {
      child.kill('SIGKILL');
      await exited;
      if (options.baseDirectory === undefined) {
        rmSync(baseDirectory, { recursive: true, force: true });
      }
    },
  };
}
