import { Emulator } from './emulator';
import type { EmulatorOptions } from './emulator.options';
import { FolderProblem, prepareFolders, resolveFolders, wipeTemp } from './folders.layout';
import { ComfyLog, type LogStreams } from './log/comfy.log';
import { printLoading, printReady, printStarting } from './log/startup.banner';
import { lenientNode } from './nodes/lenient.node';
import { nodeClasses } from './nodes/node-library';
import { UnknownScenarioError } from './scenarios/armed.scenarios';

/** The process an emulator lives in. */
export interface HostProcess {
  readonly cwd: string;
  readonly streams: LogStreams;
  readonly exit: (code: number) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly onInterrupt: (listener: () => void) => void;
}

/** How long ComfyUI takes to leave; a second SIGINT in this time kills. */
const LEAVING_MS = 200;

/** Runs the emulator as ComfyUI's `main.py` runs: folders, log, ports, signals, exit codes. */
export async function runEmulator(options: EmulatorOptions, host: HostProcess): Promise<void> {
  const log = new ComfyLog(options.log, host.streams);
  const folders = resolveFolders(options.directories, host.cwd);
  try {
    prepareFolders(folders, options, host.cwd);
    wipeTemp(folders);
    const emulator = new Emulator({
      options,
      folders,
      log,
      nodeClasses,
      simulate: lenientNode,
      exit: host.exit,
      kill: host.kill,
    });
    printLoading(log, options);
    if (options.quickTest) {
      host.exit(0);
      return;
    }
    leaveOnInterrupt(host, log, () => {
      wipeTemp(folders);
    });
    printStarting(log);
    const addresses = await emulator.start();
    if (options.log.printsReadyLine) {
      for (const { address, port } of addresses) printReady(log, address, port);
    }
  } catch (error) {
    const problem = explainStartFailure(error, options);
    log.raw(problem.text);
    host.exit(problem.code);
  }
}

/** SIGINT ends with 0 and an empty temp folder, not waiting for the running prompt. */
function leaveOnInterrupt(host: HostProcess, log: ComfyLog, cleanUp: () => void): void {
  let isLeaving = false;
  host.onInterrupt(() => {
    if (isLeaving) {
      host.kill('SIGINT');
      return;
    }
    isLeaving = true;
    log.info('\nStopped server');
    cleanUp();
    setTimeout(() => {
      host.exit(0);
    }, LEAVING_MS);
  });
}

function explainStartFailure(
  error: unknown,
  options: EmulatorOptions,
): { readonly text: string; readonly code: number } {
  if (error instanceof FolderProblem) {
    const prefix = error.exitCode === 2 ? 'usage: main.py [-h] …\nmain.py: error: ' : '';
    return { text: `${prefix}${error.message}`, code: error.exitCode };
  }
  if (error instanceof UnknownScenarioError) return { text: error.message, code: 2 };
  if (isSystemError(error)) return { text: explainBinding(error, options), code: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 };
}

interface SystemError extends Error {
  readonly code: string;
  readonly address?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

const BIND_FAILURES: Readonly<Record<string, readonly [errno: number, cause: string]>> = {
  EADDRINUSE: [98, 'address already in use'],
  EADDRNOTAVAIL: [99, 'cannot assign requested address'],
  EACCES: [13, 'permission denied'],
};

function explainBinding(error: SystemError, { port, addresses }: EmulatorOptions): string {
  const [errno, cause] = BIND_FAILURES[error.code] ?? [];
  if (errno === undefined || cause === undefined) return `OSError: ${error.message}`;
  const address = error.address ?? addresses[0] ?? '';
  return `OSError: [Errno ${errno}] error while attempting to bind on address ('${address}', ${port}): ${cause}`;
}
