import { dirname, join } from 'node:path';

import { freePort } from '@gateway/testing';

import { BenchChild } from './bench.child';
import type { Engine } from './engine';

/** The bare wrapper in a process of its own, in front of an engine. */
export class Bare {
  private constructor(
    readonly url: string,
    private readonly child: BenchChild,
  ) {}

  static async start({ url, workspace }: Engine, profileDir?: string): Promise<Bare> {
    if (!workspace) throw new Error('The bare wrapper needs an engine of ours');
    const port = await freePort();
    const command = [JITI, MAIN, url, workspace.output, String(port)];
    const child = new BenchChild(command, {}, join(workspace.base, 'bare.log'), profileDir);
    const bare = new Bare(`http://127.0.0.1:${port}`, child);
    await child.untilUp(`${bare.url}/ready`);
    return bare;
  }

  get pid(): number {
    return this.child.pid;
  }

  /** @param prompts that it was asked for, for its profile. */
  async stop(prompts?: number): Promise<void> {
    await this.child.stop('SIGTERM', prompts);
  }
}

const MAIN = join(__dirname, 'bare.main.ts');
const JITI = join(dirname(require.resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs');
