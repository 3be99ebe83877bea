import { join, resolve } from 'node:path';

import { freePort, GATEWAY_ENTRY } from '@gateway/testing';

import { forgetPeak, peakMbOf, residentMbOf, seesProcesses } from '../measure/process-usage';
import { BenchChild } from './bench.child';
import type { Engine } from './engine';

const WORKFLOWS = resolve(__dirname, '..', '..', '..', 'workflows');

/** As `npm start` and the image start it. */
const AS_IN_PRODUCTION = ['--max-semi-space-size=8'];

/** What a gateway may be started with beside its engine. */
export interface GatewaySetup {
  readonly env?: Readonly<Record<string, string>>;
  /** Without the probe it is exactly the product; then it cannot be asked. */
  readonly probed?: boolean;
  /** Folder for a CPU profile. */
  readonly profileDir?: string | undefined;
}

/** The built gateway in a process of its own, in front of an engine; or somebody's server. */
export class Gateway {
  private restingMb: number | undefined;

  private constructor(
    readonly url: string,
    readonly pid: number | undefined,
    private readonly child: BenchChild | undefined,
  ) {}

  /** Starts one, and resolves when its process is there: not when it answers. */
  static async spawn(
    engine: Engine,
    { env, probed = true, profileDir }: GatewaySetup = {},
  ): Promise<Gateway> {
    const { workspace } = engine;
    if (!workspace) throw new Error('A gateway of ours needs an engine of ours');
    const port = await freePort();
    const probe = ['--expose-gc', '--require', join(__dirname, 'loop.probe.cjs')];
    const variables = {
      CMD: '',
      HOST: '127.0.0.1',
      PORT: String(port),
      COMFYUI_PORT_HOST: new URL(engine.url).port,
      COMFY_HOME: workspace.base,
      WORKFLOW_DIR: WORKFLOWS,
      STATE_DIR: workspace.state,
      URL_ALLOW_HOSTS: '127.0.0.1',
      ...env,
    };
    const command = [...AS_IN_PRODUCTION, ...(probed ? probe : []), GATEWAY_ENTRY];
    const log = join(workspace.base, 'gateway.log');
    const child = new BenchChild(command, variables, log, profileDir);
    return new Gateway(`http://127.0.0.1:${port}`, child.pid, child);
  }

  static async start(engine: Engine, setup: GatewaySetup = {}): Promise<Gateway> {
    const gateway = await Gateway.spawn(engine, setup);
    await gateway.child?.untilUp(`${gateway.url}/ready`);
    return gateway;
  }

  /** @param pid of the server, if its CPU and memory are to be measured. */
  static at(url: string, pid: number | undefined): Gateway {
    return new Gateway(url.replace(/\/$/, ''), pid, undefined);
  }

  /** Whether it can be asked about its event loop and heap. */
  get isProbed(): boolean {
    return this.child !== undefined;
  }

  /** Memory it holds, in MB; NaN where that cannot be seen. */
  get residentMb(): number {
    return this.isVisible ? residentMbOf(this.pid!) : Number.NaN;
  }

  /** What it holds now is what later work adds to: an earlier peak that was never given back counts, too. */
  rest(): void {
    this.restingMb = this.residentMb;
  }

  /**
   * How much memory a piece of work added at its peak, in MB, and how long it held up the event loop, in
   * ms. What work before it left to be collected is, first: it is not this one's.
   */
  async strainOf<T>(work: () => Promise<T>): Promise<Strain & { readonly result: T }> {
    await this.heapBytes();
    const before = this.restingMb ?? this.residentMb;
    if (this.isVisible) forgetPeak(this.pid!);
    await this.child?.ask('watch-loop');
    const result = await work();
    const stallMs = (await this.child?.ask('longest-stall')) ?? Number.NaN;
    return { result, stallMs, addedMb: this.isVisible ? peakMbOf(this.pid!) - before : Number.NaN };
  }

  /** Heap and external memory after a garbage collection, in bytes. */
  async heapBytes(): Promise<number> {
    return (await this.child?.ask('heap-bytes')) ?? Number.NaN;
  }

  /** @param prompts that it was asked for, for its profile. */
  async stop(prompts?: number): Promise<void> {
    await this.child?.stop('SIGTERM', prompts);
  }

  private get isVisible(): boolean {
    return seesProcesses && this.pid !== undefined;
  }
}

interface Strain {
  readonly addedMb: number;
  readonly stallMs: number;
}
