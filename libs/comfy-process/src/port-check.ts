import { connect } from 'node:net';

/** A port that takes this long is not local, or its machine is out of reach. */
const PATIENCE_MS = 1_000;

/** What is known of a port: somebody accepts there, nobody does, or no answer came at all. */
export type PortState = 'open' | 'closed' | 'unknown';

/** Only a refusal says that nobody listens; a network that stalls says nothing about the engine. */
export function checkPort(host: string, port: number, signal: AbortSignal): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal, timeout: PATIENCE_MS });
    const answer = (state: PortState) => {
      socket.destroy();
      resolve(state);
    };
    socket.once('connect', () => answer('open'));
    socket.once('timeout', () => answer('unknown'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      answer(error.code === 'ECONNREFUSED' ? 'closed' : 'unknown');
    });
  });
}
