import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A line of a structured log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A program as a child: its output is kept, its end is a promise. */
export class LaunchedProcess {
  readonly exited: Promise<Exit>;
  readonly logLines: LogLine[] = [];
  readonly stderrLines: string[] = [];
  private readonly child: ChildProcess;

  constructor(
    [program, ...args]: readonly [string, ...string[]],
    environment: Readonly<Record<string, string | undefined>>,
    workingDir?: string,
  ) {
    this.child = spawn(program, args, {
      env: environment,
      cwd: workingDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.readLog(line));
    createInterface({ input: this.child.stderr! }).on('line', (line) => {
      this.stderrLines.push(line);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Asks it to end and, if it does not, makes it. */
  async end(patienceMs = 20_000): Promise<Exit> {
    if (this.running) this.signal('SIGTERM');
    const impatience = setTimeout(() => this.signal('SIGKILL'), patienceMs);
    const exit = await this.exited;
    clearTimeout(impatience);
    return exit;
  }

  private readLog(line: string): void {
    try {
      this.logLines.push(JSON.parse(line) as LogLine);
    } catch {
      this.stderrLines.push(line);
    }
  }
}
