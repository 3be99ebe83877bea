import 'reflect-metadata';

import { constants } from 'node:os';

import { ownEnvironment, readConfig, type GatewayConfig } from '@gateway/config';
import { DomainError } from '@gateway/kernel';

import type { ExtensionModule } from './extensions/extension.loader';
import type { RunningGateway } from './gateway';
import { createLogger, type GatewayLogger } from './logging';
import { tellOperator } from './start-failure';
import { startWorkflowThread } from './workflow-thread';

export interface GatewayOptions {
  /** Nest modules that join the application, before those of `EXTENSION_MODULES`. */
  readonly modules?: readonly ExtensionModule[];
  /** All settings, as environment variables; this process's own when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The gateway as this process: until a signal, then it drains and the process exits. What goes wrong
 * is one sentence on stderr and a status other than 0.
 */
export async function runGateway(options: GatewayOptions = {}): Promise<void> {
  try {
    await serve(options);
  } catch (error) {
    sayAndFail(explain(error));
  }
  process.exit();
}

async function serve(options: GatewayOptions): Promise<void> {
  const signal = signalled();
  const { environment = ownEnvironment() } = options;
  const config = readConfig(environment);
  const logger = createLogger(config.log.level);
  const gateway = await start(config, logger, { ...options, environment });
  logger.info({ url: gateway.url, docs: `${gateway.url}/docs` }, 'listening');
  const ending = await Promise.race([signal, gateway.failed]);
  if (!(ending instanceof Error)) {
    const { shutdownGraceMs } = config.http;
    logger.info({ signal: ending, shutdownGraceMs }, 'shutting down; a second signal ends at once');
  }
  await gateway.stop(ending instanceof Error ? FAILURE_GRACE_MS : config.http.shutdownGraceMs);
  if (ending instanceof Error) sayAndFail(tellOperator(ending));
}

/** Most of a start is loading modules; workflow files are compiled meanwhile, in a thread. */
async function start(
  config: GatewayConfig,
  logger: GatewayLogger,
  { modules, environment }: Required<Pick<GatewayOptions, 'environment'>> & GatewayOptions,
): Promise<RunningGateway> {
  const thread = await startWorkflowThread(config);
  try {
    const { startGateway } = await import('./gateway.js');
    return await startGateway({ config, environment, logger, modules, thread });
  } finally {
    await thread?.end();
  }
}

/** Without an engine every waiting prompt fails at once; this only bounds the sending of answers. */
const FAILURE_GRACE_MS = 5_000;

/**
 * Resolves at the first signal, from the very start on: as the first process of a container we would
 * not even die of it. A second one ends the process at once, and with it the engine.
 */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isObeyed = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isObeyed) process.exit(128 + constants.signals[signal]);
        isObeyed = true;
        resolve(signal);
      });
    }
  });
}

function sayAndFail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

function explain(error: unknown): string {
  if (error instanceof DomainError) return tellOperator(error);
  const { code, port, address, hostname, path, syscall } = error as SystemError;
  if (code === 'EADDRINUSE') return `Port ${port} is taken: choose another with PORT.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${address ?? hostname} is not an address of this machine.`;
  if (code === 'EACCES' && syscall === 'listen')
    return `Port ${port} needs more rights to listen at.`;
  if (path !== undefined) return `${code ?? 'Error'}: ${path} cannot be used (${syscall}).`;
  return error instanceof Error ? error.message : String(error);
}

interface SystemError extends NodeJS.ErrnoException {
  readonly port?: number;
  readonly address?: string;
  readonly hostname?: string;
}
