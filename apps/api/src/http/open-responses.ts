import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Counts the answers that are being sent, so that a shutdown can wait for the last of them. */
export class OpenResponses {
  private readonly open = new Set<ServerResponse>();
  private onNone: (() => void) | undefined;

  constructor(private readonly server: Server) {
    server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.open.add(response);
      response.once('close', () => {
        this.open.delete(response);
        if (this.open.size === 0) this.onNone?.();
      });
    });
  }

  /** Resolves when all are sent, or when `deadline` aborts. */
  whenNone(deadline: AbortSignal): Promise<void> {
    if (this.open.size === 0 || deadline.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.onNone = resolve;
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Ends every connection: idle ones, and those that never asked for anything. */
  closeConnections(): void {
    this.server.closeAllConnections();
  }
}
