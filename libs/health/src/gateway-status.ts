import type { ComfySupervisor } from '@gateway/comfy-process';
import type { JobService } from '@gateway/jobs';
import type { Engine } from '@gateway/prompt';

/** The facts of an engine that the probes ask for. */
export interface ProbedEngine {
  readonly readiness: Pick<Engine['readiness'], 'up' | 'ready' | 'everReady'>;
  readonly slots: Pick<Engine['slots'], 'inUse'>;
  readonly vitals: Pick<Engine['vitals'], 'queueRemaining'>;
}

/** Answers the questions of the probes by asking the owners; keeps nothing itself. */
export class GatewayStatus {
  constructor(
    private readonly supervisor: Pick<ComfySupervisor, 'phase' | 'since' | 'cause'>,
    private readonly engines: { pick(): ProbedEngine },
    private readonly jobs: Pick<JobService, 'accepting' | 'queued'>,
    /** Waiting prompts at which the gateway is no longer ready; 0 means never. */
    private readonly maxQueueDepth: number,
  ) {}

  /** Whether the engine was ready, and warmed up, once. It stays so for the life of the process. */
  get started(): boolean {
    return this.engines.pick().readiness.everReady;
  }

  /** Whether prompts should be sent here now. */
  get ready(): boolean {
    return this.engineReady && this.notTakingBecause === undefined;
  }

  get engineReady(): boolean {
    return this.engines.pick().readiness.ready;
  }

  /** Why the gateway itself takes no prompt, whatever the engine does. */
  get notTakingBecause(): string | undefined {
    if (!this.jobs.accepting) return 'shutting down';
    const depth = this.queueDepth;
    return this.maxQueueDepth > 0 && depth >= this.maxQueueDepth
      ? `${depth} prompts wait, the limit is ${this.maxQueueDepth}`
      : undefined;
  }

  /** Prompts in our queue and in the engine's, others' included. */
  get queueDepth(): number {
    const { slots, vitals } = this.engines.pick();
    return this.jobs.queued + Math.max(slots.inUse, vitals.queueRemaining);
  }

  /** The supervisor's view of the engine, and its warm-up, for probes that show details. */
  get engine(): { readonly phase: string; readonly since: string; readonly cause?: string } {
    const { phase, since, cause } = this.supervisor;
    const { up, ready } = this.engines.pick().readiness;
    return {
      phase: up && !ready ? 'warming-up' : phase,
      since: new Date(since).toISOString(),
      ...(cause && { cause: cause.message }),
    };
  }
}
