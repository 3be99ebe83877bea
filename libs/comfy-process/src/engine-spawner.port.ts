import type { Exit } from './domain/exit';
import type { LaunchCommand } from './domain/launch-command';

/** Starts programs. Injected so that the supervisor can be tried without processes. */
export interface EngineSpawner {
  /**
   * Starts `order.command` as the leader of a process group of its own.
   *
   * @throws ComfyCommandError `comfy.command_invalid` when there is no such program or no permission
   * @throws ComfySpawnError `comfy.spawn_failed` when the system refuses for another reason
   */
  spawn(order: SpawnOrder): Promise<EngineProcess>;
}

export const ENGINE_SPAWNER = Symbol('EngineSpawner');

export interface SpawnOrder {
  /** The command as configured, for messages. */
  readonly commandLine: string;
  readonly command: LaunchCommand;
  /** Where to run it; where we run ourselves if absent. */
  readonly cwd: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Carried in the environment by every process of this engine, unlike by any other. */
  readonly mark: string;
  readonly onLine: (line: string, stream: OutputStream) => void;
  /** Called at once, before the program's first instruction may be known to have worked. */
  readonly onPid: (pid: number) => void;
}

export type OutputStream = 'stdout' | 'stderr';

export interface EngineProcess {
  readonly pid: number;
  /** Every process of this engine: the leader and all that came from it. */
  readonly family: ProcessFamily;
  /** The end of the leader, after its last output was read. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Lets go of pipes and listeners, once the family is gone. */
  release(): void;
}

/** The processes of one engine, whichever of them is still there. */
export interface ProcessFamily {
  /** Sends a signal to each; those already gone are passed over. */
  signal(signal: NodeJS.Signals): void;
  /** Whether any is left (a zombie that waits to be reaped is not). */
  isAlive(): boolean;
}
