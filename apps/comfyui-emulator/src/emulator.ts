import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { NodeClassInfo } from '@gateway/comfy-protocol';

import type { EmulatorOptions } from './emulator.options';
import { queueInfo, serverFlags, type EmulatedServer } from './emulated-server';
import type { ExecutionWorld, ShownNode } from './execution/execution.world';
import { InterruptFlag } from './execution/interrupt.flag';
import { NodeLibrary } from './execution/node.library';
import { PromptExecutor } from './execution/prompt.executor';
import { PromptLanes } from './execution/prompt.lanes';
import { PromptWorker } from './execution/prompt.worker';
import { ResultCache } from './execution/result.cache';
import type { Folders } from './folders';
import { createHttpServers } from './http/http.server';
import { isForeignOrigin } from './http/origin.guard';
import { RequestStats } from './http/request.stats';
import type { ComfyLog } from './log/comfy.log';
import type { NodeClass } from './nodes/node-class';
import { PromptHistory } from './queue/prompt.history';
import { PromptQueue } from './queue/prompt.queue';
import { ArmedScenarios } from './scenarios/armed.scenarios';
import { TurboExecutor } from './turbo/turbo.executor';
import { TurboLibrary } from './turbo/turbo.library';
import { TurboMode } from './turbo/turbo.mode';
import { WebsocketEndpoint } from './websocket/websocket.endpoint';
import { EVERYONE, WebsocketHub } from './websocket/websocket.hub';

/** What an emulator is made of; the process around it provides these. */
export interface EmulatorParts {
  readonly options: EmulatorOptions;
  readonly folders: Folders;
  readonly log: ComfyLog;
  readonly nodeClasses: ReadonlyMap<string, NodeClass>;
  /** Makes up a class nobody knows; used with `--lenient`. */
  readonly simulate: (classType: string) => NodeClass;
  readonly exit: (code: number) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** One emulated ComfyUI: its state, its worker, and the ports it answers on. */
export class Emulator {
  private readonly server: EmulatedServer;
  private readonly worker: PromptWorker;
  private readonly endpoint: WebsocketEndpoint;
  private readonly listening: Server[] = [];

  /** @throws UnknownScenarioError; the system's error for an output of turbo mode that is not there. */
  constructor(private readonly parts: EmulatorParts) {
    const { options, folders, log } = parts;
    const hub: WebsocketHub = new WebsocketHub((text) => scenarios.onMessage(text));
    const scenarios = new ArmedScenarios({
      hub,
      folders,
      exit: parts.exit,
      kill: parts.kill,
      print: (text) => log.raw(text),
      sleep: (delayMs) => delay(delayMs),
    });
    const queue: PromptQueue = new PromptQueue(() => {
      hub.publish('status', { status: queueInfo(queue) }, EVERYONE);
    });
    this.server = {
      options,
      folders,
      log,
      hub,
      queue,
      scenarios,
      history: new PromptHistory(),
      interrupt: new InterruptFlag(),
      library: createLibrary(parts),
      stats: new RequestStats(),
      turbo: options.turbo && new TurboMode(options.turbo),
      promptsRun: () => this.worker.promptsRun,
    };
    const shown: ShownNode = { clientId: undefined, nodeId: undefined };
    this.worker = createWorker(this.server, shown);
    this.endpoint = createEndpoint(this.server, shown);
    for (const spec of options.scenarios) scenarios.arm(spec);
  }

  /**
   * Starts the worker and opens the ports, in ComfyUI's order: nothing listens before all is ready.
   *
   * @returns the address of each listener
   * @throws the system's error when a port cannot be bound
   */
  async start(): Promise<readonly AddressInfo[]> {
    const { options } = this.parts;
    await delay(options.startDelayMs);
    await this.server.scenarios.beforeListening();
    // Ends with the process, or before it as a zombie; it never rejects.
    void this.worker.run();
    const { addresses } = options;
    const servers = await createHttpServers(this.server, addresses.length);
    for (const [index, http] of servers.entries()) {
      http.on('upgrade', (request, stream, head) => this.endpoint.upgrade(request, stream, head));
      await listen(http, addresses[index] ?? '127.0.0.1', this.portFor());
      this.listening.push(http);
    }
    return this.listening.map((http) => http.address() as AddressInfo);
  }

  /** With port 0, further addresses take the port the first one was given. */
  private portFor(): number {
    const first = this.listening[0]?.address() as AddressInfo | undefined;
    return first?.port ?? this.parts.options.port;
  }
}

function createWorker(server: EmulatedServer, shown: ShownNode): PromptWorker {
  const { options, folders, library, hub, interrupt, scenarios, log, queue, history, turbo } =
    server;
  const world: ExecutionWorld = {
    library,
    folders,
    hub,
    interrupt,
    scenarios,
    log,
    shown,
    cache: new ResultCache(options.cache),
    profile: options.profile,
    stepMs: options.stepMs,
    previewMethod: options.previewMethod,
    metadata: options.metadata,
    now: () => Date.now(),
  };
  const executor =
    turbo === undefined ? new PromptExecutor(world) : new TurboExecutor(world, turbo);
  const lanes = new PromptLanes(() => turbo?.settings.parallel ?? 1);
  return new PromptWorker(queue, history, executor, lanes, world);
}

function createEndpoint(server: EmulatedServer, shown: ShownNode): WebsocketEndpoint {
  const { options, hub, queue, scenarios } = server;
  return new WebsocketEndpoint({
    hub,
    queueInfo: () => queueInfo(queue),
    runningNodeOf: (clientId) => (shown.clientId === clientId ? shown.nodeId : undefined),
    serverFlags: options.profile.featureFlags ? serverFlags(options) : undefined,
    refuses: ({ headers }) => {
      if (scenarios.refusesUpgrade()) return 'destroy';
      const isForeign =
        options.corsOrigin === undefined && isForeignOrigin(headers.host, headers.origin);
      return isForeign ? 403 : undefined;
    },
  });
}

function createLibrary({ options, folders, nodeClasses, simulate }: EmulatorParts): NodeLibrary {
  const { customNodes } = options;
  const isEnabled = ({ python_module }: NodeClassInfo): boolean => {
    const [root, name = ''] = (python_module ?? '').split('.');
    if (root !== 'custom_nodes' || customNodes === 'all') return true;
    return customNodes.some((kept) => kept.replace(/\.py$/, '') === name);
  };
  const Library = options.turbo === undefined ? NodeLibrary : TurboLibrary;
  return new Library(nodeClasses, folders, options.lenient ? simulate : undefined, isEnabled);
}

function listen(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen({ host, port, ipv6Only: host.includes(':') }, () => {
      http.off('error', reject);
      resolve();
    });
  });
}
