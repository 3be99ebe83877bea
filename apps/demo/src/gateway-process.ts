import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A line of the gateway's log. */
export interface LogLine {
  readonly msg?: string;
  readonly value?: number;
  readonly max?: number;
}

const APPS = join(__dirname, '..', '..');
const GATEWAY_ENTRY = join(APPS, 'api', 'src', 'main.js');
export const EMULATOR_ENTRY = join(APPS, 'comfyui-emulator', 'src', 'main.js');

/** The built gateway as a child process, its log read line by line. */
export class GatewayProcess {
  private readonly child: ChildProcess;
  private readonly stderr: string[] = [];
  /** Called for each line of the log. */
  onLine: (line: LogLine) => void = () => undefined;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    // Its own process group: Ctrl+C is for the demo, which then ends the gateway in order.
    this.child = spawn(process.execPath, [GATEWAY_ENTRY], {
      detached: true,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (!stdout || !stderr) throw new Error('The gateway has no pipes');
    createInterface({ input: stdout }).on('line', (line) => this.read(line));
    createInterface({ input: stderr }).on('line', (line) => this.stderr.push(line));
  }

  /** Rejects when the gateway ends by itself; never resolves. */
  async whenDown(): Promise<never> {
    await once(this.child, 'exit');
    throw new Error(`The gateway ended: ${this.stderr.join(' ')}`);
  }

  /** Resolves once the url answers 200. Checked a few times a second: this is a person waiting. */
  async whenUp(url: string): Promise<void> {
    while (this.isRunning) {
      const up = await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The gateway did not start: ${this.stderr.join(' ')}`);
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  private get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private read(text: string): void {
    try {
      this.onLine(JSON.parse(text) as LogLine);
    } catch {
      this.stderr.push(text);
    }
  }
}
