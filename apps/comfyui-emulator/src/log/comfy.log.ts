import type { LogLevel, LogOptions } from '../emulator.options';
import { LOG_LEVELS } from '../emulator.options';

/** One stretch of output, as `/internal/logs/raw` lists it. */
export interface LogEntry {
  /** ISO time. */
  readonly t: string;
  readonly m: string;
}

/** Where the process's text goes. */
export interface LogStreams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const KEPT_ENTRIES = 300;

/** ComfyUI's log: bare lines without level or time, the last 300 kept for `/internal/logs`. */
export class ComfyLog {
  private readonly entries: LogEntry[] = [];
  private readonly listeners = new Set<(entry: LogEntry) => void>();

  constructor(
    private readonly options: LogOptions,
    private readonly streams: LogStreams,
  ) {}

  info(line: string): void {
    this.write('INFO', line);
  }

  warn(line: string): void {
    this.write('WARNING', line);
  }

  error(line: string): void {
    this.write('ERROR', line);
  }

  /** What Python itself prints, whatever the log level: tracebacks of threads and of start-up. */
  raw(text: string): void {
    this.keep(text);
    this.streams.stderr(`${text}\n`);
  }

  recent(): readonly LogEntry[] {
    return this.entries;
  }

  /** Calls `listener` for each further entry; the returned function ends that. */
  follow(listener: (entry: LogEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private write(level: LogLevel, line: string): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.options.level)) return;
    this.keep(line);
    const toStdout = this.options.toStdout && level !== 'ERROR';
    (toStdout ? this.streams.stdout : this.streams.stderr)(`${line}\n`);
  }

  private keep(text: string): void {
    const entry: LogEntry = { t: new Date().toISOString(), m: `${text}\n` };
    this.entries.push(entry);
    if (this.entries.length > KEPT_ENTRIES) this.entries.shift();
    for (const listener of this.listeners) listener(entry);
  }
}
