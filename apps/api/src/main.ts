import 'reflect-metadata';

import { readConfig } from '@gateway/config';
import { DomainError } from '@gateway/kernel';

import { startGateway } from './gateway';
import { createLogger } from './logging';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger(config.log.level);
  const gateway = await startGateway(config, process.env, logger);
  logger.info({ url: gateway.url }, 'listening');
  const ending = await Promise.race([signalled(), gateway.engineFailed]);
  await gateway.stop(ending instanceof Error ? FAILURE_GRACE_MS : config.http.shutdownGraceMs);
  if (ending instanceof Error) sayAndFail(`ComfyUI is gone: ${ending.message}`);
}

/** Without an engine every waiting prompt fails at once; this only bounds the sending of answers. */
const FAILURE_GRACE_MS = 5_000;

/** A second signal while the first is obeyed ends the process at once. */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

function sayAndFail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    sayAndFail(explain(error));
    process.exit();
  },
);

function explain(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  const { code, port, syscall, path } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken: choose another with PORT.`;
  if (code === 'EACCES' && syscall === 'listen')
    return `Port ${port} needs more rights to listen at.`;
  if (path !== undefined) return `${code ?? 'Error'}: ${path} cannot be used (${syscall}).`;
  return error instanceof Error ? error.message : String(error);
}
