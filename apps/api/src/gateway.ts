import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { AssetService } from '@gateway/assets';
import type { ModelCatalogue } from '@gateway/catalogue';
import {
  acceptUploads,
  ignoreBodies,
  JobEventStreams,
  UploadsUnderWay,
} from '@gateway/comfy-api-v2';
import { ComfySupervisor } from '@gateway/comfy-process';
import type { GatewayConfig } from '@gateway/config';
import { EventBus } from '@gateway/events';
import { JOB_STORE, JobService, Retention, type JobStore } from '@gateway/jobs';
import { systemClock } from '@gateway/kernel';
import { OutboundFetcher } from '@gateway/outbound';
import { ProgressBoard } from '@gateway/progress';
import {
  EngineRegistry,
  PromptDoor,
  PromptExecutor,
  ShuttingDownError,
  WarmUp,
} from '@gateway/prompt';
import type { StateDatabase } from '@gateway/state';
import { SystemEventForwarder, WebhookDeliveries } from '@gateway/webhook';
import type { ProbeThread } from '@gateway/workflow-files';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';

import { AppModule } from './app.module';
import { openState } from './comfy-api-v2';
import { connectExtensions, type ConnectedExtensions } from './extensions/connect-extensions';
import { loadExtensions, type ExtensionModule } from './extensions/extension.loader';
import { StartupTasks } from './extensions/startup-tasks';
import { serveDocumentation } from './http/documentation';
import { letEarlyAnswersArrive } from './http/early-answers';
import { acceptJsonBodies } from './http/json-body';
import { logRequests } from './http/request-log';
import { OpenResponses } from './http/open-responses';
import { routerOptions } from './http/router-options';
import { WorkflowsBeside } from './http/workflows-beside';
import { releaseAssetsOfEnded, releaseAssetsOfNobody } from './input-assets';
import { logJobs } from './job-log';
import { quietly, type GatewayLogger } from './logging';
import { ownUrl } from './own-url';
import { resumeJobs, restoreJobs } from './restore-jobs';
import { prepareStateFolder } from './state-folder';
import { readWarmUpPrompt } from './warm-up-prompt';
import { WorkflowHost } from './workflow-host';
import { buildWorkflowsApp } from './workflows-app';

/** A gateway that listens, with its engine on the way up. */
export interface RunningGateway {
  readonly url: string;
  /** For tests that look inside. */
  readonly app: INestApplicationContext;
  /** Resolves with the reason when there is nothing left to serve with. */
  readonly failed: Promise<Error>;
  /** Ends it in order; accepted prompts get up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface GatewayStart {
  readonly config: GatewayConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: GatewayLogger;
  /** Nest modules that join the application, before those of `EXTENSION_MODULES`. */
  readonly modules?: readonly ExtensionModule[] | undefined;
  /** One that was started ahead for the folder of workflows; its owner ends it. */
  readonly thread?: ProbeThread | undefined;
}

/** Opens the port first, then starts the engine: probes and docs answer while ComfyUI loads. */
export async function startGateway({
  config,
  environment,
  logger,
  modules = [],
  thread,
}: GatewayStart): Promise<RunningGateway> {
  const extensions = [...modules, ...(await loadExtensions(config.extensions.files))];
  await prepareStateFolder(config.jobs.stateDir);
  const fetcher = new OutboundFetcher(config.outbound);
  const warmUpPrompt = await readWarmUpPrompt(config.workflows, fetcher);
  const host = new WorkflowHost({ config, warmUpPrompt, logger, thread });
  await host.models.refresh();
  const spoolDir = join(config.jobs.stateDir, `spool-${config.http.port}`);
  const state = openState(config);
  const inputRecordDir = join(config.jobs.stateDir, `inputs-${config.http.port}`);
  const startup = new StartupTasks(logger.child({ part: 'extensions' }));
  const workflowsAreBeside = config.workflows.watch || extensions.length > 0;
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for({
      config,
      environment,
      logger,
      state,
      spoolDir,
      inputRecordDir,
      fetcher,
      warmUpPrompt,
      workflowHost: host,
      startup,
      extensions,
      workflowsAreBeside,
    }),
    new FastifyAdapter({
      bodyLimit: config.http.maxBodyBytes,
      forceCloseConnections: 'idle',
      trustProxy: config.http.trustProxy,
      ...routerOptions(),
    }),
    // Silent until its log is there: Nest would print what goes wrong with its stack trace.
    { bodyParser: false, logger: false, abortOnError: false },
  );
  host.connect(app.get(EngineRegistry));
  app.useLogger(quietly(app.get(Logger)));
  logRequests(app, logger);
  letEarlyAnswersArrive(app);
  acceptJsonBodies(app, config.http.maxBodyBytes);
  acceptUploads(app);
  ignoreBodies(app);
  const added = extensions.length > 0 ? connectExtensions(app, startup, logger) : undefined;
  const beside = workflowsAreBeside ? workflowsBeside(app, config, host, added) : undefined;
  await beside?.start(app);
  serveDocumentation(app, {
    app: () => beside?.app ?? app,
    refresh: () => host.models.refresh(),
  });
  logJobs(app.get(EventBus), logger);
  const stopReleasing = releaseAssetsOfEnded(app.get(EventBus), app.get(AssetService));
  const responses = new OpenResponses(app.getHttpServer());
  const starting = new AbortController();
  refreshModelsOnStart(app.get(EventBus), host.models);
  app.get(PromptExecutor).start();
  app.get<WarmUp | undefined>(WarmUp)?.start();
  await app.get(AssetService).start();
  const left = await restoreJobs(app);
  releaseAssetsOfNobody(app.get(AssetService), left);
  const retention = retentionOf(app, config, state, logger);
  app.get(AssetService).limitUploads(retention);
  await app.listen(config.http.port, config.http.host);
  // The port is ours, and so is the spool: what lies in it is from one that was killed.
  await rm(spoolDir, { recursive: true, force: true });
  await mkdir(spoolDir, { mode: 0o700 });
  await resumeJobs(app, left, inputRecordDir, logger);
  retention.start();
  const started = startup.run(starting.signal).then(() => app.get(ComfySupervisor).start());
  const failed = failureOf(app.get(EventBus), started);
  return {
    url: ownUrl(config.http),
    app,
    failed,
    stop: async (graceMs) => {
      starting.abort(new ShuttingDownError());
      // Without an engine that was started there is nothing to wait for.
      const leftMs = await started.then(
        () => graceMs,
        () => 0,
      );
      await shutDown(app, responses, leftMs, added);
      await beside?.stop();
      await fetcher.close();
      await retention.stop();
      stopReleasing();
      app.get(ProgressBoard).stop();
      await app.get(AssetService).stop();
      await noteTheLast(app, logger);
      await state.close();
      await rm(spoolDir, { recursive: true, force: true });
    },
  };
}

/** Else the next start looks once more after jobs for which nothing is left to be done. */
async function noteTheLast(app: INestApplicationContext, logger: GatewayLogger): Promise<void> {
  try {
    await app.get<JobStore>(JOB_STORE).flush();
  } catch (error) {
    logger.warn({ err: error }, 'the last jobs could not be noted as done');
  }
}

function retentionOf(
  app: INestApplicationContext,
  { jobs }: GatewayConfig,
  state: StateDatabase,
  logger: GatewayLogger,
): Retention {
  const policy = {
    maxAgeMs: jobs.retentionMs,
    maxBytes: jobs.stateMaxBytes,
    maxJobs: jobs.outlive ? 0 : JOBS_IN_MEMORY,
  };
  return new Retention(policy, {
    store: app.get<JobStore>(JOB_STORE),
    files: app.get(AssetService),
    recordBytes: () => state.sizeBytes(),
    clock: systemClock,
    log: logger.child({ part: 'jobs' }),
  });
}

/** Ended jobs that stay readable while jobs live in memory. */
const JOBS_IN_MEMORY = 1000;

function workflowsBeside(
  app: NestFastifyApplication,
  { http, workflows }: GatewayConfig,
  host: WorkflowHost,
  added: ConnectedExtensions | undefined,
): WorkflowsBeside {
  const source = { ...host.source, code: added?.workflows ?? [] };
  const build = () => buildWorkflowsApp(source, app.get(PromptDoor), http.maxBodyBytes);
  const { dir, log } = source;
  return new WorkflowsBeside({ dir, log, build, watches: workflows.watch });
}

/** An engine may know models that are on no disk of ours. */
function refreshModelsOnStart(bus: EventBus, models: ModelCatalogue): void {
  bus.subscribe('engine-phase-changed', ({ to }) => {
    if (to === 'ready') void models.refresh();
  });
}

function failureOf(bus: EventBus, started: Promise<void>): Promise<Error> {
  return new Promise((resolve) => {
    started.catch((error: unknown) => {
      if (!(error instanceof ShuttingDownError)) resolve(error as Error);
    });
    bus.subscribe('engine-phase-changed', ({ to, cause }) => {
      if (to !== 'failed') return;
      resolve(cause ?? new Error('ComfyUI is gone'));
    });
    bus.subscribe('warm-up-failed', ({ cause }) => resolve(cause));
  });
}

/**
 * The one place that knows the order: stop accepting → drain jobs → send answers and webhooks → stop
 * ComfyUI → close. They are sent while ComfyUI lives, for it may be where their bytes come from.
 */
async function shutDown(
  app: NestFastifyApplication,
  responses: OpenResponses,
  graceMs: number,
  added: ConnectedExtensions | undefined,
): Promise<void> {
  const executor = app.get(PromptExecutor);
  const startedAt = Date.now();
  const deadline = AbortSignal.timeout(graceMs);
  app.get(JobService).stopAccepting('The gateway is shutting down');
  app.get(UploadsUnderWay).end();
  await executor.drain(deadline);
  app.get(JobEventStreams).closeAll();
  // Who was promised a webhook is told also of a job that the deadline cut off.
  const leftMs = graceMs - (Date.now() - startedAt);
  const lastCalls = AbortSignal.timeout(Math.max(leftMs, LAST_WORDS_MS));
  await Promise.all([
    responses.whenNone(deadline),
    app.get(WebhookDeliveries).drain(lastCalls),
    app.get(SystemEventForwarder).drain(lastCalls),
    added?.listeners.drain(lastCalls),
  ]);
  app.get(SystemEventForwarder).stop();
  const warmUp = app.get<WarmUp | undefined>(WarmUp);
  warmUp?.halt();
  await app.get(ComfySupervisor).stop();
  await executor.stop();
  await warmUp?.stopped();
  const closed = app.close();
  await responses.whenNone(AbortSignal.timeout(LAST_WORDS_MS));
  responses.closeConnections();
  await closed;
  await Promise.all(
    app
      .get(EngineRegistry)
      .all()
      .map(({ client }) => client.stop()),
  );
}

/** For answers and webhooks of jobs that ended when the grace was over. */
const LAST_WORDS_MS = 5_000;
