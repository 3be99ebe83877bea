import type { IncomingMessage } from 'node:http';

/**
 * Takes what a client still sends, and forgets it: many read the answer only after they have sent all.
 * Who goes on for too long is cut off.
 */
export function forgetRest(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return;
  request.unpipe();
  request.resume();
  const timer = setTimeout(() => request.destroy(), PATIENCE_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

const PATIENCE_MS = 30_000;
