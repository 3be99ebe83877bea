import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { AssetService } from '@gateway/assets';
import { CatalogueModule } from '@gateway/catalogue';
import { ComfyHttp } from '@gateway/comfy-client';
import { ComfyProcessModule, ComfySupervisor } from '@gateway/comfy-process';
import type { PromptGraph } from '@gateway/comfy-protocol';
import type { GatewayConfig } from '@gateway/config';
import { EventsModule } from '@gateway/events';
import { HealthModule } from '@gateway/health';
import {
  JobService,
  JobsModule,
  OUTPUT_SHELF,
  OUTPUT_SINKS,
  type OutputShelf,
  type OutputSinks,
} from '@gateway/jobs';
import type { OutboundFetcher } from '@gateway/outbound';
import { PromptModule, type PromptOptions } from '@gateway/prompt';
import type { StateDatabase } from '@gateway/state';
import { WebhookModule, type WebhookOptions } from '@gateway/webhook';
import { WorkflowRegistryModule } from '@gateway/workflow-registry';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { ConfigModule } from '@nestjs/config';
import { LoggerModule } from 'nestjs-pino';
import { ZodValidationPipe } from 'nestjs-zod';

import { assetsModule, comfyApiV2Module } from './comfy-api-v2';
import { findEngineFolders } from './engine-folders';
import type { ExtensionModule } from './extensions/extension.loader';
import type { StartupTasks } from './extensions/startup-tasks';
import { ProblemFilter } from './http/problem.filter';
import { AssetInputs } from './input-assets';
import { nestLogging, type GatewayLogger } from './logging';
import { GATEWAY_VERSION } from './version';
import type { WorkflowHost } from './workflow-host';

const ENGINE_ID = 'comfyui';

/** What the composition root hands in: the environment, read; its log; folders it made. */
export interface GatewayWorld {
  readonly config: GatewayConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: GatewayLogger;
  /** The database, with the tables of every lib. */
  readonly state: StateDatabase;
  /** Folder of this process's temporary files; there when the first prompt runs. */
  readonly spoolDir: string;
  /** Where it is written down which folders of inputs were made. */
  readonly inputRecordDir: string;
  /** The way out. */
  readonly fetcher: OutboundFetcher;
  readonly warmUpPrompt: PromptGraph | undefined;
  readonly workflowHost: WorkflowHost;
  readonly startup: StartupTasks;
  readonly extensions: readonly ExtensionModule[];
  /** Whether workflows live in an application of their own, beside this one. */
  readonly workflowsAreBeside: boolean;
}

/** Where ports meet adapters, and each lib gets its slice of the configuration. */
@Module({})
export class AppModule {
  static for(world: GatewayWorld): DynamicModule {
    const { config, logger } = world;
    const comfyProcess = comfyProcessModule(world);
    const jobs = JobsModule.register({
      maxQueuedJobs: config.jobs.queueLimit,
      maxQueuedBytes: config.jobs.queueLimitBytes,
      database: config.jobs.outlive ? world.state : undefined,
      retentionMs: config.jobs.retentionMs,
    });
    const webhook = WebhookModule.registerAsync({
      imports: [jobs],
      inject: [JobService],
      useFactory: (service: JobService) => webhookOptions(world, service),
    });
    const assets = assetsModule(world);
    const prompt = PromptModule.registerAsync({
      imports: [comfyProcess, jobs, webhook, assets],
      inject: [ComfySupervisor, OUTPUT_SINKS, OUTPUT_SHELF, AssetService],
      useFactory: (
        supervisor: ComfySupervisor,
        sinks: OutputSinks,
        shelf: OutputShelf,
        files: AssetService,
      ) => promptOptions(world, supervisor, { sinks, shelf, assets: new AssetInputs(files) }),
    });
    const catalogue = CatalogueModule.register({ models: world.workflowHost.models });
    const { source } = world.workflowHost;
    const workflows = world.workflowsAreBeside
      ? []
      : [WorkflowRegistryModule.fromDirectory({ ...source, imports: [prompt] })];
    const health = HealthModule.registerAsync({
      imports: [comfyProcess, jobs, prompt],
      useFactory: () => ({
        version: GATEWAY_VERSION,
        maxQueueDepth: config.jobs.maxQueueDepth,
        startup: world.startup,
      }),
    });
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => config] }),
        LoggerModule.forRoot(nestLogging(logger)),
        EventsModule.register({ log: logger.child({ part: 'events' }) }),
        comfyProcess,
        jobs,
        webhook,
        prompt,
        catalogue,
        ...workflows,
        assets,
        comfyApiV2Module(world, [assets, jobs, prompt]),
        health,
        ...extensionModules(world, prompt),
      ],
      providers: [
        { provide: APP_PIPE, useClass: ZodValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}

/** What extensions may inject without importing it: the door of prompts, beside the global parts. */
@Module({})
class ExtensionHostModule {}

function extensionModules(
  { extensions }: GatewayWorld,
  prompt: DynamicModule,
): readonly ExtensionModule[] {
  if (extensions.length === 0) return [];
  const host = { module: ExtensionHostModule, global: true, imports: [prompt], exports: [prompt] };
  return [DiscoveryModule, host, ...extensions];
}

function comfyProcessModule({ config, environment, logger }: GatewayWorld): DynamicModule {
  const { comfy, jobs } = config;
  return ComfyProcessModule.registerAsync({
    useFactory: () => {
      const http = new ComfyHttp({ baseUrl: comfy.baseUrl });
      return {
        engineId: ENGINE_ID,
        command: comfy.command,
        baseImage: { name: comfy.base },
        comfyHome: comfy.home,
        address: { host: comfy.host, port: comfy.port },
        environment: withoutSecrets(environment),
        alwaysRestart: comfy.alwaysRestart,
        startupCheckIntervalMs: comfy.startupCheckIntervalMs,
        startupCheckMaxTries: comfy.startupCheckMaxTries,
        restart: { firstDelayMs: comfy.restartDelayMs },
        recordFile: join(jobs.stateDir, `comfyui-${comfy.port}.json`),
        probe: (signal) => http.probe(signal),
        log: logger.child({ part: 'comfy-process' }),
      };
    },
  });
}

/** Custom nodes run any code: what only the gateway needs is not theirs. */
function withoutSecrets({
  WEBHOOK_SECRET: _secret,
  ...environment
}: GatewayWorld['environment']): GatewayWorld['environment'] {
  return environment;
}

function webhookOptions({ config, logger, fetcher }: GatewayWorld, jobs: JobService) {
  const { retries, timeoutMs, secret, system } = config.webhooks;
  const { url, events, metadata } = system;
  return {
    retries,
    timeoutMs,
    outlive: config.jobs.outlive,
    ...(secret !== undefined && { secret }),
    userAgent: `comfyui-gateway/${GATEWAY_VERSION}`,
    fetcher,
    ...(url !== undefined &&
      events.length > 0 && {
        systemEvents: { url, events, metadata, sid: randomUUID(), queueDepth: () => jobs.queued },
      }),
    log: logger.child({ part: 'webhook' }),
  } satisfies WebhookOptions;
}

function promptOptions(
  { config, logger, spoolDir, inputRecordDir, fetcher, warmUpPrompt }: GatewayWorld,
  supervisor: ComfySupervisor,
  ports: Pick<PromptOptions, 'sinks' | 'shelf' | 'assets'>,
) {
  const { comfy, jobs } = config;
  return {
    engine: {
      id: ENGINE_ID,
      baseUrl: comfy.baseUrl,
      folders: findEngineFolders(comfy, logger),
      maxInFlight: comfy.maxInFlight,
      silentAfterMs: comfy.silentAfterMs,
      maxWaitMs: comfy.engineWaitMs,
      supervision: supervisor,
    },
    limits: {
      timeoutMs: comfy.promptTimeoutMs,
      interruptGraceMs: comfy.interruptGraceMs,
      stuckAfterMs: comfy.stuckAfterMs,
    },
    salting: jobs.prependFilenames ? 'prepend' : 'replace',
    spoolDir,
    inputRecordDir,
    fetcher,
    ...ports,
    publicUrl: config.http.publicUrl,
    outlives: jobs.outlive,
    warmUp: warmUpPrompt,
    log: logger.child({ part: 'prompt' }),
  } satisfies PromptOptions;
}
