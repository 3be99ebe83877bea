import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { EMULATOR_ENTRY, freePort, makeWorkspace, type Workspace } from '@gateway/testing';
import { request } from 'undici';

import { BenchChild } from './bench.child';

/** The emulator in turbo mode, in a process of its own or wherever somebody started it. */
export class Engine {
  private constructor(
    readonly url: string,
    /** Unknown for one that somebody else started. */
    readonly pid: number | undefined,
    readonly workspace: Workspace | undefined,
    private readonly child: BenchChild | undefined,
  ) {}

  /** @param turbo settings, as `--turbo` takes them. */
  static async start(turbo: string, profileDir?: string): Promise<Engine> {
    const workspace = await makeWorkspace();
    const port = await freePort();
    const options = ['--base-directory', workspace.base, '--port', String(port), '--cpu'];
    // Real ones log a line for each prompt, too, in another language; this one shall not be slow.
    options.push('--verbose', 'ERROR', '--turbo', turbo);
    const command = [EMULATOR_ENTRY, ...options];
    const child = new BenchChild(command, {}, join(workspace.base, 'engine.log'), profileDir);
    const engine = new Engine(`http://127.0.0.1:${port}`, child.pid, workspace, child);
    await child.untilUp(`${engine.url}/prompt`);
    return engine;
  }

  /** One that runs already, in turbo mode. */
  static async attach(url: string, turbo: string): Promise<Engine> {
    const engine = new Engine(url, undefined, undefined, undefined);
    await engine.tune(turbo);
    return engine;
  }

  async tune(turbo: string): Promise<void> {
    const body = JSON.stringify({ turbo });
    const answer = await request(`${this.url}/emulator/turbo`, { method: 'PUT', body });
    if (answer.statusCode === 200) return answer.body.dump();
    throw new Error(`${this.url} is no emulator in turbo mode: ${await answer.body.text()}`);
  }

  async stats(): Promise<EngineStats> {
    const answer = await request(`${this.url}/emulator/stats`);
    return (await answer.body.json()) as EngineStats;
  }

  /** For the summary of a profile; undefined of an engine that has died. */
  async promptsRun(): Promise<number | undefined> {
    return this.stats().then(
      ({ prompts_run: prompts }) => prompts,
      () => undefined,
    );
  }

  /** Forgets what earlier rounds left: files that nobody fetched away, and the history. */
  async tidy(): Promise<void> {
    const body = JSON.stringify({ clear: true });
    const answer = await request(`${this.url}/history`, { method: 'POST', body });
    await answer.body.dump();
    if (!this.workspace) return;
    const { output } = this.workspace;
    if ((await readdir(output)).length === 0) return;
    await rm(output, { recursive: true });
    await mkdir(output);
  }

  /** @param prompts that it has run, for its profile. */
  async stop(prompts?: number): Promise<void> {
    await this.child?.stop('SIGINT', prompts);
    await this.workspace?.remove();
  }
}

interface EngineStats {
  readonly sockets: number;
  readonly prompts_run: number;
  readonly requests: Readonly<Record<string, number>>;
}
