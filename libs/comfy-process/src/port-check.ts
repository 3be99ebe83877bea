import { connect } from 'node:net';

/** A local port answers in a millisecond; one that takes this long is nobody's. */
const PATIENCE_MS = 1_000;

/** Whether something accepts connections at this address now. */
export function isAccepting(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal, timeout: PATIENCE_MS });
    const answer = (isTaken: boolean) => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
