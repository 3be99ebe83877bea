import type { EnginePhase, EventBus } from '@gateway/events';
import { silentLog, type Clock, type Log } from '@gateway/kernel';

import {
  isAttached,
  launchSettingsFrom,
  policyFrom,
  type ComfyProcessOptions,
} from './comfy-process.options';
import type { Exit } from './domain/exit';
import {
  causeOf,
  type Action,
  type Fact,
  type SupervisorPolicy,
  type SupervisorState,
} from './domain/supervisor-state';
import { step } from './domain/supervisor.machine';
import { tellsWorkerDeath } from './domain/worker-death';
import { EngineHost } from './engine-host';
import type { EngineSpawner } from './engine-spawner.port';
import { OwnedWork } from './owned-work';
import { PhaseAnnouncer } from './phase-announcer';
import { checkPort } from './port-check';
import { answersWithin } from './readiness-probe.port';
import { urlOf, WaitReporter } from './wait-reporter';

/** What a supervisor touches the world with. */
export interface SupervisorPorts {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly spawner: EngineSpawner;
  /** A number in [0, 1), drawn for the jitter of restarts. */
  readonly chance: () => number;
}

/**
 * Launches one ComfyUI, knows when it answers, restarts it when it fails, and ends it, every process
 * of it. All decisions are `step`'s; this class brings it the facts and carries out its actions.
 * Each change of phase is published as `engine-phase-changed`.
 */
export class ComfySupervisor {
  private readonly policy: SupervisorPolicy;
  private readonly log: Log;
  /** Absent when attached. */
  private readonly host: EngineHost | undefined;
  private readonly announcer: PhaseAnnouncer;
  /** Absent when launched: a child of ours says itself what it does, and has only so much time. */
  private readonly wait: WaitReporter | undefined;
  private readonly work: OwnedWork;
  private readonly inbox: Fact[] = [];
  private isDeciding = false;
  private state: SupervisorState;
  /** Ends the probes, pauses and launches of the current phase. */
  private phaseScope = new AbortController();
  private exit: Exit | undefined;

  /** @throws ComfyCommandError `comfy.command_invalid` for a command that only a shell could run */
  constructor(
    private readonly options: ComfyProcessOptions,
    private readonly ports: SupervisorPorts,
  ) {
    this.policy = policyFrom(options);
    this.log = options.log ?? silentLog;
    const awaited = isAttached(options) ? urlOf(options.address) : undefined;
    this.announcer = new PhaseAnnouncer(options.engineId, awaited, ports.bus, this.log);
    this.wait = awaited ? new WaitReporter(options.address, ports.clock, this.log) : undefined;
    this.work = new OwnedWork((error) => this.log.error({ err: error }, 'supervisor task failed'));
    this.state = { name: 'stopped', since: ports.clock.now() };
    this.host = isAttached(options)
      ? undefined
      : new EngineHost(launchSettingsFrom(options), ports.spawner, ports.clock, this.log);
  }

  get phase(): EnginePhase {
    return this.state.name;
  }

  /** When the current phase began, epoch milliseconds. */
  get since(): number {
    return this.state.since;
  }

  /** Why the engine is not ready, where there is a why. */
  get cause(): Error | undefined {
    return causeOf(this.state);
  }

  /** How the last child ended; `undefined` until one has. */
  get lastExit(): Exit | undefined {
    return this.exit;
  }

  /** The last lines the engine printed, oldest first, at most 200. */
  tail(): readonly string[] {
    return this.host?.lastLines() ?? [];
  }

  /** Begins to launch (or, attached, to probe). Without effect unless stopped or failed. */
  start(): void {
    this.note({ type: 'start-requested' });
  }

  /** Ends the engine. Resolves when none of its processes is left. May be called in any phase. */
  async stop(): Promise<void> {
    this.note({ type: 'stop-requested' });
    // A listener of ours may be the caller: the fact is then decided on after it returns.
    await Promise.resolve();
    await this.work.drained();
  }

  /**
   * For watchdogs that know the engine is alive but useless: ends it and, with `alwaysRestart`, starts
   * another; without, the phase ends as `failed`, for the application to end with. Without effect
   * unless the engine is in service. An attached engine cannot be restarted from here; it is
   * `starting` until it is probed anew.
   */
  restart(reason: string): void {
    this.note({ type: 'restart-requested', reason });
  }

  /**
   * For the owner of the websocket, which is the first to see an engine go. A port that still accepts
   * connections leaves the phase as it is (the engine is busy, or dropped the socket); a closed one
   * makes it `starting` until a probe succeeds, for as long as that takes. Without effect unless ready.
   */
  reportUnreachable(cause: unknown): void {
    this.note({ type: 'unreachable', cause });
  }

  /** Facts are decided on one after the other, also those that a decision's own effects bring. */
  private note(fact: Fact): void {
    this.inbox.push(fact);
    if (this.isDeciding) return;
    this.isDeciding = true;
    try {
      for (let next = this.inbox.shift(); next; next = this.inbox.shift()) this.decide(next);
    } finally {
      this.isDeciding = false;
    }
  }

  private decide(fact: Fact): void {
    const from = this.state.name;
    const moment = { now: this.ports.clock.now(), chance: this.ports.chance() };
    const { state, actions } = step(this.state, fact, moment, this.policy);
    this.state = state;
    if (state.name !== from) {
      this.phaseScope.abort();
      this.phaseScope = new AbortController();
      this.wait?.begin();
    }
    for (const action of actions) this.perform(action, this.phaseScope.signal);
    if (state.name !== from) this.announcer.announce(from, state, this.tail());
  }

  private perform(action: Action, phase: AbortSignal): void {
    switch (action.do) {
      case 'launch':
        this.work.inLine(() => this.launch(phase));
        break;
      case 'probe':
        this.after(action.afterMs, phase, () => {
          this.work.now(() => this.probe(action.timeoutMs, phase));
        });
        break;
      case 'check-port':
        this.after(action.afterMs, phase, () => {
          this.work.now(() => this.checkPort(action.doubt, phase));
        });
        break;
      case 'back-off':
        this.after(action.delayMs, phase, () => this.note({ type: 'back-off-elapsed' }));
        break;
      case 'end-engine':
        this.work.inLine(() => this.endEngine());
        break;
    }
  }

  private async launch(phase: AbortSignal): Promise<void> {
    if (phase.aborted || this.host === undefined) return;
    try {
      const launched = await this.host.launch((line) => this.readLine(line), phase);
      if (launched === undefined) return;
      this.note({ type: 'launched' });
      this.watch(launched.exited);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.note({ type: 'launch-failed', cause });
    }
  }

  /** Not part of the work to drain: while the engine runs, this promise is meant to be open. */
  private watch(exited: Promise<Exit>): void {
    exited.then(
      (exit) => {
        this.exit = exit;
        this.note({ type: 'exited', exit, lastLines: this.tail() });
      },
      (error: unknown) => this.log.error({ err: error }, 'lost sight of the ComfyUI process'),
    );
  }

  private readLine(line: string): void {
    if (tellsWorkerDeath(line)) this.note({ type: 'worker-died', line });
  }

  private async probe(timeoutMs: number, phase: AbortSignal): Promise<void> {
    const { probe } = this.options;
    const isAnswered = await answersWithin(timeoutMs, probe, this.ports.clock, phase);
    if (phase.aborted) return;
    this.note({ type: isAnswered ? 'probe-succeeded' : 'probe-failed' });
    if (!isAnswered) await this.wait?.noteFailure(phase);
  }

  private async checkPort(doubt: unknown, phase: AbortSignal): Promise<void> {
    const { host, port } = this.options.address;
    const found = await checkPort(host, port, phase);
    if (phase.aborted || found === 'open') return;
    if (found === 'closed') this.note({ type: 'port-closed', doubt });
    else this.perform({ do: 'check-port', afterMs: ASK_AGAIN_AFTER_MS, doubt }, phase);
  }

  private async endEngine(): Promise<void> {
    const ending = (await this.host?.end()) ?? 'gone';
    this.note({ type: 'engine-ended', ending });
  }

  /** Calls `task` after a delay unless the phase ends first. */
  private after(delayMs: number, phase: AbortSignal, task: () => void): void {
    if (phase.aborted) return;
    const cancel = this.ports.clock.schedule(delayMs, () => {
      phase.removeEventListener('abort', cancel);
      task();
    });
    phase.addEventListener('abort', cancel, { once: true });
  }
}

/** A port that did not answer at all is asked again. */
const ASK_AGAIN_AFTER_MS = 1_000;
