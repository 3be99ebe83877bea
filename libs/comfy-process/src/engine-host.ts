import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';

import type { Clock, Log } from '@gateway/kernel';

import { processStartTime } from './adapters/process-table';
import { ComfyPortInUseError, ComfyUnstoppableError } from './comfy-process.errors';
import type { Exit } from './domain/exit';
import type { LaunchCommand } from './domain/launch-command';
import { OutputTail } from './domain/output-tail';
import type { EngineProcess, EngineSpawner, OutputStream } from './engine-spawner.port';
import { endFamily, type EndingGraces } from './family-ending';
import { findOrphan } from './orphan';
import { checkPort } from './port-check';
import { ProcessRecordFile } from './process-record';

export interface LaunchSettings {
  /** The command as configured, for messages and the record. */
  readonly commandLine: string;
  readonly command: LaunchCommand;
  /** Where to run it, if that folder exists. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly address: { readonly host: string; readonly port: number };
  readonly graces: EndingGraces;
  readonly recordFile: string | undefined;
}

export interface LaunchedEngine {
  /** How its leader ended, once it did, asked for or not. Never rejects. */
  readonly exited: Promise<Exit>;
}

/** Runs one engine at a time as a child process. The calls that return promises must not overlap. */
export class EngineHost {
  private readonly record: ProcessRecordFile;
  private running: { readonly process: EngineProcess; readonly mark: string } | undefined;
  private tail = new OutputTail();

  constructor(
    private readonly settings: LaunchSettings,
    private readonly spawner: EngineSpawner,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.record = new ProcessRecordFile(settings.recordFile, log);
  }

  /** The last lines of the engine, of the ended one until another is launched. */
  lastLines(): readonly string[] {
    return this.tail.lines();
  }

  /**
   * Ends what is left of an earlier engine (ours, or that of a killed gateway), makes sure that the
   * port is free, and starts the program. `undefined` when `signal` was aborted before that.
   *
   * @throws ComfyPortInUseError, ComfyCommandError, ComfySpawnError, ComfyUnstoppableError
   */
  async launch(
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<LaunchedEngine | undefined> {
    if ((await this.end()) === 'survived' || (await this.endOrphan()) === 'survived') {
      throw new ComfyUnstoppableError();
    }
    const { host, port } = this.settings.address;
    const found = await checkPort(host, port, signal);
    if (signal.aborted) return undefined;
    if (found === 'open') throw new ComfyPortInUseError(host, port);
    return this.spawn(onLine);
  }

  /** Ends every process of the engine, if there is one. */
  async end(): Promise<'gone' | 'survived'> {
    if (this.running === undefined) return 'gone';
    const { process, mark } = this.running;
    const ending = await endFamily(process.family, this.settings.graces, this.clock);
    if (ending === 'gone') {
      await process.exited;
      process.release();
      this.record.remove(mark);
      this.running = undefined;
    }
    return ending;
  }

  private async spawn(onLine: (line: string) => void): Promise<LaunchedEngine> {
    const { commandLine, command, environment } = this.settings;
    const mark = randomUUID();
    const tail = new OutputTail();
    this.tail = tail;
    const process = await this.spawner.spawn({
      commandLine,
      command,
      environment,
      mark,
      cwd: this.workingFolder(),
      onPid: (pid) => this.writeRecord(pid, mark),
      onLine: (line, stream) => {
        tail.add(line);
        this.logLine(line, stream);
        onLine(line);
      },
    });
    this.running = { process, mark };
    return process;
  }

  private workingFolder(): string | undefined {
    const { folder } = this.settings;
    return folder !== undefined && existsSync(folder) ? folder : undefined;
  }

  private logLine(line: string, stream: OutputStream): void {
    this.log.info({ child: 'comfyui', stream, line }, 'comfyui output');
  }

  private writeRecord(pid: number, mark: string): void {
    const startTime = processStartTime(pid);
    const gatewayStartTime = processStartTime(process.pid);
    if (startTime === undefined || gatewayStartTime === undefined) return;
    const gateway = { pid: process.pid, startTime: gatewayStartTime };
    this.record.write({ pid, startTime, command: this.settings.commandLine, mark, gateway });
  }

  private async endOrphan(): Promise<'gone' | 'survived'> {
    const record = this.record.read();
    if (record === undefined) return 'gone';
    const { pid, command } = record;
    const finding = findOrphan(record);
    if (finding.is === 'in-use') {
      this.log.warn({ pid, command }, 'another gateway that is alive uses the same record file');
      return 'gone';
    }
    if (finding.is === 'orphan') {
      this.log.warn({ pid, command }, 'ending a ComfyUI that outlived its killed gateway');
      const ending = await endFamily(finding.family, this.settings.graces, this.clock);
      if (ending === 'survived') return ending;
    }
    this.record.remove(record.mark);
    return 'gone';
  }
}
