import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

import { eventually } from '@gateway/testing';

import { writeProfileReports } from '../profile/profile-files';

/** A program under measurement. What it says goes into a file, as it would in production. */
export class BenchChild {
  private readonly child: ChildProcess;
  /** By the monotonic clock, as profiles have it. */
  private upSinceUs = 0;

  /** @param profileDir folder for a CPU profile of its whole life. */
  constructor(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    private readonly logFile: string,
    private readonly profileDir?: string,
  ) {
    const log = openSync(logFile, 'a');
    const { PATH = '', HOME = '' } = process.env;
    const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
    this.child = spawn(process.execPath, [...profile, ...command], {
      env: { PATH, HOME, ...environment },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const kill = () => this.child.kill('SIGKILL');
    process.once('exit', kill);
    this.child.once('exit', () => process.off('exit', kill));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resolves once the address answers 200. */
  async untilUp(url: string, patienceMs = 60_000): Promise<void> {
    const isUp = async (): Promise<boolean> => {
      if (this.child.exitCode !== null) throw new Error(`It ended:\n${this.lastWords()}`);
      return fetch(url).then(
        async (response) => {
          await response.arrayBuffer();
          return response.ok;
        },
        () => false,
      );
    };
    await eventually(isUp, `${url} answers 200`, patienceMs);
    this.upSinceUs = Number(process.hrtime.bigint() / 1_000n);
  }

  /** Asks what was preloaded into it. */
  async ask(question: string): Promise<number> {
    this.child.send(question);
    const [reply] = (await once(this.child, 'message')) as [{ readonly answer: number }];
    return reply.answer;
  }

  /**
   * Ends it at once: nothing that it would still do is measured. One with a profile is ended in
   * order, so that the profile is written, and what is in it is told beside it.
   *
   * @param orderly the signal at which it leaves by itself.
   * @param prompts that it was busy with, if that is known.
   */
  async stop(orderly: NodeJS.Signals, prompts?: number): Promise<void> {
    if (this.profileDir === undefined) return this.signal('SIGKILL');
    await this.signal(orderly);
    await writeProfileReports(this.profileDir, this.pid, { sinceUs: this.upSinceUs, prompts });
  }

  private async signal(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }

  private lastWords(): string {
    return readFileSync(this.logFile, 'utf8').slice(-2_000);
  }
}
