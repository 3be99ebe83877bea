import { statSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import type { z } from 'zod';

import { InvalidEnvironmentError, type EnvironmentProblem } from './config.errors';
import { assetsVariables } from './slices/assets.slice';
import { comfyVariables } from './slices/comfy.slice';
import { extensionsVariables } from './slices/extensions.slice';
import { httpVariables } from './slices/http.slice';
import { jobsVariables } from './slices/jobs.slice';
import { logVariables } from './slices/log.slice';
import { outboundVariables, PROXY_VARIABLES } from './slices/outbound.slice';
import { webhooksVariables } from './slices/webhooks.slice';
import { workflowsVariables } from './slices/workflows.slice';
import { systemMetadata } from './system-metadata';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything the environment says, read once, in the units and names the code uses. */
export type GatewayConfig = ReturnType<typeof readConfig>;

/**
 * Reads the whole configuration, frozen. Folders that the environment names must be there, as
 * `isFolder` tells; default ones need not.
 *
 * @throws InvalidEnvironmentError with every problem, by variable name.
 */
export function readConfig(environment: Environment, isFolder = isFolderOnDisk) {
  const problems: EnvironmentProblem[] = [];
  const assets = readSlice(assetsVariables, environment, problems);
  const comfy = readSlice(comfyVariables, environment, problems);
  const http = readSlice(httpVariables, environment, problems);
  const jobs = readSlice(jobsVariables, environment, problems);
  const log = readSlice(logVariables, environment, problems);
  const webhooks = readSlice(webhooksVariables, environment, problems);
  const outbound = readSlice(outboundVariables, withLowerCaseProxies(environment), problems);
  const workflows = readSlice(workflowsVariables, environment, problems);
  const extensions = readSlice(extensionsVariables, environment, problems);
  if (comfy && http && comfy.CMD !== '' && comfy.COMFYUI_PORT_HOST === http.PORT) {
    problems.push({ variable: 'PORT', problem: 'must differ from COMFYUI_PORT_HOST' });
  }
  if (workflows?.WARMUP_PROMPT_FILE && workflows.WARMUP_PROMPT_URL) {
    problems.push({
      variable: 'WARMUP_PROMPT_URL',
      problem: 'must not be set beside WARMUP_PROMPT_FILE',
    });
  }
  problems.push(...missingFolders(environment, isFolder));
  const isRead =
    assets && comfy && http && jobs && log && webhooks && outbound && workflows && extensions;
  if (!isRead || problems.length > 0) {
    throw new InvalidEnvironmentError(problems);
  }
  return deepFreeze({
    assets: {
      maxUploadBytes: Math.floor(assets.ASSETS_MAX_UPLOAD_MB * MEBIBYTE),
      retentionS: assets.ASSETS_RETENTION_H === 0 ? null : assets.ASSETS_RETENTION_H * 3600,
      allowModels: assets.ASSETS_ALLOW_MODELS,
    },
    apiV2: { extensions: assets.API_V2_EXTENSIONS, maxStreams: assets.API_V2_MAX_STREAMS },
    comfy: {
      command: comfy.CMD,
      base: comfy.BASE,
      home: comfy.COMFY_HOME,
      host: comfy.DIRECT_ADDRESS,
      port: comfy.COMFYUI_PORT_HOST,
      baseUrl: `http://${urlHost(comfy.DIRECT_ADDRESS)}:${comfy.COMFYUI_PORT_HOST}`,
      inputDir: comfy.INPUT_DIR ?? join(comfy.COMFY_HOME, 'input'),
      outputDir: comfy.OUTPUT_DIR ?? join(comfy.COMFY_HOME, 'output'),
      modelDir: comfy.MODEL_DIR ?? join(comfy.COMFY_HOME, 'models'),
      alwaysRestart: comfy.ALWAYS_RESTART_COMFYUI,
      startupCheckIntervalMs: comfy.STARTUP_CHECK_INTERVAL_S * 1000,
      startupCheckMaxTries: comfy.STARTUP_CHECK_MAX_TRIES,
      maxInFlight: comfy.COMFY_MAX_IN_FLIGHT,
      promptTimeoutMs: comfy.PROMPT_TIMEOUT_S * 1000,
      interruptGraceMs: comfy.PROMPT_INTERRUPT_GRACE_S * 1000,
      stuckAfterMs: comfy.ENGINE_STUCK_S * 1000,
      silentAfterMs: comfy.ENGINE_SILENT_S * 1000,
      engineWaitMs: comfy.ENGINE_WAIT_S * 1000,
      restartDelayMs: comfy.RESTART_DELAY_S * 1000,
    },
    http: {
      host: http.HOST,
      port: http.PORT,
      maxBodyBytes: Math.floor(http.MAX_BODY_SIZE_MB * MEBIBYTE),
      shutdownGraceMs: http.SHUTDOWN_GRACE_S * 1000,
      publicUrl: assets.PUBLIC_URL,
      trustProxy: assets.TRUST_PROXY,
    },
    jobs: {
      maxQueueDepth: jobs.MAX_QUEUE_DEPTH,
      queueLimit: jobs.QUEUE_LIMIT,
      queueLimitBytes: Math.floor(jobs.QUEUE_LIMIT_MB * MEBIBYTE),
      prependFilenames: jobs.PREPEND_FILENAMES,
      outlive: jobs.STATE_DIR !== IN_MEMORY,
      stateDir: stateDirOf(jobs.STATE_DIR, environment),
      stateSync: jobs.STATE_SYNC,
      retentionMs: jobs.JOB_RETENTION_H * 3_600_000,
      stateMaxBytes: Math.floor(jobs.STATE_MAX_GB * GIBIBYTE),
    },
    log: { level: log.LOG_LEVEL },
    webhooks: {
      retries: webhooks.PROMPT_WEBHOOK_RETRIES,
      timeoutMs: webhooks.WEBHOOK_TIMEOUT_S * 1000,
      secret: webhooks.WEBHOOK_SECRET,
      system: {
        url: webhooks.SYSTEM_WEBHOOK_URL,
        events: webhooks.SYSTEM_WEBHOOK_EVENTS,
        metadata: systemMetadata(environment),
      },
    },
    outbound: {
      allowPrivateNetworks: outbound.URL_ALLOW_PRIVATE_NETWORKS,
      allowHosts: outbound.URL_ALLOW_HOSTS,
      denyHosts: outbound.URL_DENY_HOSTS,
      maxBytes: Math.floor(outbound.URL_MAX_SIZE_MB * MEBIBYTE),
      timeoutMs: outbound.URL_TIMEOUT_S * 1000,
      proxy: {
        http: outbound.HTTP_PROXY,
        https: outbound.HTTPS_PROXY ?? outbound.HTTP_PROXY,
        no: outbound.NO_PROXY,
      },
    },
    workflows: {
      dir: workflows.WORKFLOW_DIR,
      watch: workflows.WORKFLOW_WATCH,
      markdownDescriptions: workflows.MARKDOWN_SCHEMA_DESCRIPTIONS,
      warmUpFile: workflows.WARMUP_PROMPT_FILE,
      warmUpUrl: workflows.WARMUP_PROMPT_URL,
    },
    extensions: { files: extensions.EXTENSION_MODULES },
  });
}

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;
const IN_MEMORY = 'memory';

/** An empty variable counts as set where that means something (`CMD`), and as unset elsewhere. */
const MEANINGFUL_WHEN_EMPTY: ReadonlySet<string> = new Set(['CMD', 'BASE']);

function readSlice<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
  problems: EnvironmentProblem[],
): z.infer<Schema> | undefined {
  const known = Object.keys(schema.shape).flatMap((name) => {
    const value = environment[name];
    const isSet = value !== undefined && (value !== '' || MEANINGFUL_WHEN_EMPTY.has(name));
    return isSet ? [[name, value] as const] : [];
  });
  const parsed = schema.safeParse(Object.fromEntries(known));
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    problems.push({ variable: String(issue.path[0]), problem: issue.message });
  }
  return undefined;
}

/**
 * A wrong path would cost nothing at the start, and later the files of every job, or the workflows:
 * better told now.
 */
function missingFolders(
  environment: Environment,
  isFolder: (path: string) => boolean,
): readonly EnvironmentProblem[] {
  return MUST_BE_THERE.flatMap((variable) => {
    const path = environment[variable];
    if (!path || isFolder(path)) return [];
    return [{ variable, problem: `must name a folder; ${path} is none` }];
  });
}

const MUST_BE_THERE = ['COMFY_HOME', 'WORKFLOW_DIR'] as const;

function isFolderOnDisk(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function withLowerCaseProxies(environment: Environment): Environment {
  const lower = PROXY_VARIABLES.flatMap((name) => {
    const value = environment[name.toLowerCase()];
    return value ? [[name, value] as const] : [];
  });
  return { ...environment, ...Object.fromEntries(lower) };
}

function urlHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** Pictures that are being converted need a folder even so. */
function stateDirOf(stateDir: string | undefined, environment: Environment): string {
  if (stateDir === IN_MEMORY) return join(tmpdir(), `comfyui-gateway-${userInfo().uid}`);
  return stateDir ?? defaultStateDir(environment);
}

/** The XDG specification counts an empty `XDG_STATE_HOME` as unset. */
function defaultStateDir(environment: Environment): string {
  const stateHome = environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(stateHome, 'comfyui-gateway');
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
