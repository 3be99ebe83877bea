import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { ComfySupervisor } from '@gateway/comfy-process';
import type { GatewayConfig } from '@gateway/config';
import { EventBus } from '@gateway/events';
import { JobService } from '@gateway/jobs';
import { EngineRegistry, PromptExecutor } from '@gateway/prompt';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';

import { AppModule } from './app.module';
import { serveDocumentation } from './http/documentation';
import { acceptJsonBodies } from './http/json-body';
import { OpenResponses } from './http/open-responses';
import { logJobs } from './job-log';
import type { GatewayLogger } from './logging';
import { prepareStateFolder } from './state-folder';

/** A gateway that listens, with its engine on the way up. */
export interface RunningGateway {
  readonly url: string;
  /** For tests that look inside. */
  readonly app: INestApplicationContext;
  /** Resolves with the cause when the engine is gone for good. */
  readonly engineFailed: Promise<Error>;
  /** Ends it in order; accepted prompts get up to `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Opens the port first, then starts the engine: probes and docs answer while ComfyUI loads. */
export async function startGateway(
  config: GatewayConfig,
  environment: Readonly<Record<string, string | undefined>>,
  logger: GatewayLogger,
): Promise<RunningGateway> {
  await prepareStateFolder(config.jobs.stateDir);
  const spoolDir = join(config.jobs.stateDir, `spool-${config.http.port}`);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for({ config, environment, logger, spoolDir }),
    new FastifyAdapter({ bodyLimit: config.http.maxBodyBytes, forceCloseConnections: 'idle' }),
    // Silent until its log is there: Nest would print what goes wrong with its stack trace.
    { bodyParser: false, logger: false, abortOnError: false },
  );
  app.useLogger(app.get(Logger));
  acceptJsonBodies(app, config.http.maxBodyBytes);
  serveDocumentation(app);
  logJobs(app.get(EventBus), logger);
  const responses = new OpenResponses(app.getHttpServer());
  const engineFailed = failureOf(app.get(EventBus));
  app.get(PromptExecutor).start();
  await app.listen(config.http.port, config.http.host);
  // The port is ours, and so is the spool: what lies in it is from one that was killed.
  await rm(spoolDir, { recursive: true, force: true });
  await mkdir(spoolDir, { mode: 0o700 });
  app.get(ComfySupervisor).start();
  return {
    url: await app.getUrl(),
    app,
    engineFailed,
    stop: async (graceMs) => {
      await shutDown(app, responses, graceMs);
      await rm(spoolDir, { recursive: true, force: true });
    },
  };
}

function failureOf(bus: EventBus): Promise<Error> {
  return new Promise((resolve) => {
    bus.subscribe('engine-phase-changed', ({ to, cause }) => {
      if (to === 'failed') resolve(cause ?? new Error('ComfyUI failed'));
    });
  });
}

/**
 * The one place that knows the order: stop accepting → drain jobs → send answers → stop ComfyUI →
 * close. Answers are sent while ComfyUI lives, for it may be where their bytes come from.
 */
async function shutDown(
  app: NestFastifyApplication,
  responses: OpenResponses,
  graceMs: number,
): Promise<void> {
  const executor = app.get(PromptExecutor);
  const deadline = AbortSignal.timeout(graceMs);
  app.get(JobService).stopAccepting('The gateway is shutting down');
  await executor.drain(deadline);
  await responses.whenNone(deadline);
  await app.get(ComfySupervisor).stop();
  await executor.stop();
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

/** For what is still being sent when the grace is over. */
const LAST_WORDS_MS = 5_000;
