import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { ComfyCommandError, ComfySpawnError } from '../comfy-process.errors';
import type { Exit } from '../domain/exit';
import { OutputLines } from '../domain/output-lines';
import type { EngineProcess, EngineSpawner, SpawnOrder } from '../engine-spawner.port';
import { MARK_VARIABLE, SystemProcessFamily } from './process-family';
import { systemErrorCode } from './system-error';

/** How long to read on after the leader's end: a grandchild may hold the pipes open for ever. */
const LAST_WORDS_MS = 200;

/** Starts engines as child processes of this one. POSIX only. */
export class NodeEngineSpawner implements EngineSpawner {
  async spawn(order: SpawnOrder): Promise<EngineProcess> {
    const child = launch(order);
    const started = once(child, 'spawn');
    const exited = exitOf(child);
    if (child.pid === undefined) {
      throw await started.then(
        () => new ComfySpawnError('the system gave no process id'),
        (error: unknown) => explain(error, order),
      );
    }
    order.onPid(child.pid);
    forwardLines(child.stdout, (line) => order.onLine(line, 'stdout'));
    forwardLines(child.stderr, (line) => order.onLine(line, 'stderr'));
    const family = new SystemProcessFamily(child.pid, order.mark);
    // The last resort when this process ends without having stopped its engine.
    const killFamily = () => {
      family.signal('SIGKILL');
    };
    process.once('exit', killFamily);
    await started;
    return {
      pid: child.pid,
      family,
      exited,
      release: () => {
        process.removeListener('exit', killFamily);
        child.stdout?.destroy();
        child.stderr?.destroy();
      },
    };
  }
}

function launch({ command, cwd, environment, mark, commandLine }: SpawnOrder): ChildProcess {
  try {
    return spawn(command.program, command.arguments, {
      cwd,
      env: { ...environment, [MARK_VARIABLE]: mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    // Thrown, not emitted, for what can never be right: a NUL byte in an argument, for one.
    throw new ComfyCommandError(commandLine, String(error), { cause: error });
  }
}

function explain(error: unknown, { command, commandLine }: SpawnOrder): Error {
  const { program } = command;
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return new ComfyCommandError(commandLine, `"${program}" was not found`, {
        cause: error,
      });
    case 'EACCES':
      return new ComfyCommandError(commandLine, `"${program}" may not be executed`, {
        cause: error,
      });
    default:
      return new ComfySpawnError(error);
  }
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const outputEnded = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exit = await new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? { code: code ?? 0 } : { signal });
    });
  });
  await atMost(LAST_WORDS_MS, outputEnded);
  return exit;
}

async function atMost(longestMs: number, event: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  const tooLong = delay(longestMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([event, tooLong]);
  waiting.abort();
}

function forwardLines(stream: Readable | null, onLine: (line: string) => void): void {
  const lines = new OutputLines();
  stream?.on('data', (chunk: Buffer) => {
    lines.push(chunk).forEach(onLine);
  });
  stream?.on('close', () => {
    lines.end().forEach(onLine);
  });
}
