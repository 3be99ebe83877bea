import { cpuMsOf, seesProcesses } from '../measure/process-usage';

/** What a piece of load came to. */
export interface Round {
  readonly elapsedMs: number;
  /** Of each that was answered. */
  readonly latenciesMs: readonly number[];
  readonly unanswered: number;
  readonly cpuMs: CpuMs;
}

/** CPU time of each process while it lasted; NaN for what cannot be seen. */
export interface CpuMs {
  readonly client: number;
  readonly engine: number;
  /** Of what stands between them, if anything does. */
  readonly server: number;
}

/** The processes that are watched; the client is this one. */
export interface Watched {
  readonly engine: number | undefined;
  readonly server: number | undefined;
}

/** So many clients, each sending its next one when the last is answered, until all are sent. */
export async function closedLoop(
  load: { readonly clients: number; readonly prompts: number },
  watched: Watched,
  send: () => Promise<unknown>,
): Promise<Round> {
  let sent = 0;
  const latenciesMs: number[] = [];
  const client = async (): Promise<void> => {
    while (sent < load.prompts) {
      sent += 1;
      const from = performance.now();
      // A failure is an answer that did not come; it is counted below.
      await send().then(
        () => latenciesMs.push(performance.now() - from),
        () => undefined,
      );
    }
  };
  const work = () => Promise.all(Array.from({ length: load.clients }, client));
  const { elapsedMs, cpuMs } = await timed(watched, work);
  return { elapsedMs, latenciesMs, cpuMs, unanswered: load.prompts - latenciesMs.length };
}

/** How long a piece of work takes, and what CPU it costs. */
export async function timed<T>(
  watched: Watched,
  work: () => Promise<T>,
): Promise<{ readonly elapsedMs: number; readonly cpuMs: CpuMs; readonly result: T }> {
  const before = cpuNow(watched);
  const from = performance.now();
  const result = await work();
  const elapsedMs = performance.now() - from;
  const after = cpuNow(watched);
  const cpuMs = {
    client: after.client - before.client,
    engine: after.engine - before.engine,
    server: after.server - before.server,
  };
  return { elapsedMs, cpuMs, result };
}

function cpuNow({ engine, server }: Watched): CpuMs {
  const { user, system } = process.cpuUsage();
  return { client: (user + system) / 1_000, engine: cpuOf(engine), server: cpuOf(server) };
}

function cpuOf(pid: number | undefined): number {
  return pid === undefined || !seesProcesses ? Number.NaN : cpuMsOf(pid);
}
