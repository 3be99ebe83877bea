/** Wires a supervisor: `ComfyProcessModule.registerAsync({ useFactory: () => options })`. */
export { ComfyProcessModule } from './comfy-process.module';
/** What the module is given. */
export type { ComfyProcessOptions } from './comfy-process.options';
/** Launches, watches, restarts and ends one ComfyUI. */
export { ComfySupervisor, type SupervisorPorts } from './comfy.supervisor';
/** The injected question "does it answer?". */
export type { ReadinessProbe } from './readiness-probe.port';
/** When a failed engine is started again; its defaults. */
export { defaultRestartPolicy, type RestartPolicy } from './domain/restart-policy';
/** How a child ended, and the words for it. */
export { describeExit, type Exit } from './domain/exit';
/** Starts programs; replace it under its token to run engines in another way. */
export {
  ENGINE_SPAWNER,
  type EngineProcess,
  type EngineSpawner,
  type ProcessFamily,
  type SpawnOrder,
} from './engine-spawner.port';
/** The spawner that the module provides, for those who wire a supervisor by hand. */
export { NodeEngineSpawner } from './adapters/node-engine.spawner';
/** Everything that can be the cause of a phase; each `code` is stable. */
export {
  ComfyCommandError,
  ComfyExitedError,
  ComfyGaveUpError,
  ComfyPortInUseError,
  ComfyRestartRequestedError,
  ComfySpawnError,
  ComfyStartTimeoutError,
  ComfyOutOfReachError,
  ComfyUnstoppableError,
  ComfyWorkerDiedError,
  type ComfyProcessError,
} from './comfy-process.errors';
