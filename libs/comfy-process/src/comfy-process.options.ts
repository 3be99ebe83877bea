import { existsSync } from 'node:fs';

import type { Log } from '@gateway/kernel';

import { withImageEnvironment, type BaseImage } from './domain/image-environment';
import { parseLaunchCommand } from './domain/launch-command';
import { defaultRestartPolicy, type RestartPolicy } from './domain/restart-policy';
import type { SupervisorPolicy } from './domain/supervisor-state';
import type { LaunchSettings } from './engine-host';
import type { ReadinessProbe } from './readiness-probe.port';

/** What the supervisor of one engine needs to know. Times are milliseconds. */
export interface ComfyProcessOptions {
  /** Names the engine in events. */
  readonly engineId: string;
  /** The command line that launches ComfyUI; empty to attach to one that runs already. */
  readonly command: string;
  /** The image ComfyUI comes in, whose environment the command needs; none unless told. */
  readonly baseImage?: BaseImage | undefined;
  /** Where the command is run, if that folder exists. */
  readonly comfyHome?: string | undefined;
  /** Where ComfyUI listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** What the child inherits; the variables ComfyUI images expect are added to it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether an engine that ended by itself is started again. */
  readonly alwaysRestart: boolean;
  /** Longest pause between two readiness probes; early probes come sooner. */
  readonly startupCheckIntervalMs: number;
  /** Times the interval, this is how long a launched engine may take to answer. */
  readonly startupCheckMaxTries: number;
  /** Changes to the default restart policy. */
  readonly restart?: Partial<RestartPolicy> | undefined;
  /** Between SIGINT and SIGTERM; 5000 unless told. ComfyUI takes about 1.6 s to leave on SIGINT. */
  readonly interruptGraceMs?: number | undefined;
  /** Between SIGTERM and SIGKILL; 5000 unless told. */
  readonly terminateGraceMs?: number | undefined;
  /** Where the running engine is recorded, so that it is found if this process is killed. */
  readonly recordFile?: string | undefined;
  /** Asks the engine once whether it answers HTTP. */
  readonly probe: ReadinessProbe;
  /** Gets the phases and, line by line, the child's output; silent unless told. */
  readonly log?: Log | undefined;
}

const DEFAULT_GRACE_MS = 5_000;

export function isAttached(options: ComfyProcessOptions): boolean {
  return options.command.trim() === '';
}

export function policyFrom(options: ComfyProcessOptions): SupervisorPolicy {
  return {
    mode: isAttached(options) ? 'attached' : 'launched',
    alwaysRestart: options.alwaysRestart,
    checkIntervalMs: options.startupCheckIntervalMs,
    startTimeoutMs: options.startupCheckIntervalMs * options.startupCheckMaxTries,
    restart: { ...defaultRestartPolicy, ...options.restart },
  };
}

/** @throws ComfyCommandError `comfy.command_invalid` */
export function launchSettingsFrom(options: ComfyProcessOptions): LaunchSettings {
  return {
    commandLine: options.command,
    command: withImageEnvironment(
      parseLaunchCommand(options.command),
      options.baseImage ?? { name: '' },
      existsSync,
    ),
    folder: options.comfyHome,
    environment: { ...options.environment, ...imageVariables(options.address) },
    address: options.address,
    graces: {
      interruptGraceMs: options.interruptGraceMs ?? DEFAULT_GRACE_MS,
      terminateGraceMs: options.terminateGraceMs ?? DEFAULT_GRACE_MS,
    },
    recordFile: options.recordFile,
  };
}

/** ai-dock images read these: where ComfyUI is to listen, with no login and no public tunnel. */
function imageVariables({ host, port }: ComfyProcessOptions['address']) {
  return {
    DIRECT_ADDRESS: host,
    COMFYUI_PORT_HOST: String(port),
    WEB_ENABLE_AUTH: 'false',
    CF_QUICK_TUNNELS: 'false',
  } as const;
}
