import type { Log } from '@gateway/kernel';

export interface LoggedLine {
  readonly level: keyof Log;
  readonly facts: object;
  readonly message: string;
}

/** Keeps what it is told. */
export class RecordingLog implements Log {
  readonly lines: LoggedLine[] = [];

  debug(facts: object, message: string): void {
    this.lines.push({ level: 'debug', facts, message });
  }

  info(facts: object, message: string): void {
    this.lines.push({ level: 'info', facts, message });
  }

  warn(facts: object, message: string): void {
    this.lines.push({ level: 'warn', facts, message });
  }

  error(facts: object, message: string): void {
    this.lines.push({ level: 'error', facts, message });
  }
}
