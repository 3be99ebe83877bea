import type { WebSocket } from 'ws';

/** Beyond this, a sender waits for the peer to read: asyncio's high-water mark. */
const HIGH_WATER_BYTES = 64 * 1024;

interface Outgoing {
  readonly message: string | Buffer;
  readonly targets: () => readonly WebSocket[];
}

/**
 * The one line in which every message of the server waits, whoever it is for.
 *
 * Sends happen one after the other, each awaited: a client that stops reading holds up all others,
 * as it does in ComfyUI.
 */
export class MessageOutlet {
  private readonly line: Outgoing[] = [];
  private sending = false;

  push(message: string | Buffer, targets: () => readonly WebSocket[]): void {
    this.line.push({ message, targets });
    if (!this.sending) void this.sendAll();
  }

  /** Never rejects: a failed send only means that the peer is gone. */
  private async sendAll(): Promise<void> {
    this.sending = true;
    let next = this.line.shift();
    while (next !== undefined) {
      for (const socket of next.targets()) {
        const delivery = deliver(socket, next.message);
        if (delivery !== undefined) await delivery;
      }
      next = this.line.shift();
    }
    this.sending = false;
  }
}

/** Returns a promise only when the peer is behind, so that the common case stays synchronous. */
function deliver(socket: WebSocket, message: string | Buffer): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount < HIGH_WATER_BYTES) {
    socket.send(message);
    return undefined;
  }
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('close', done);
      resolve();
    };
    socket.once('close', done);
    socket.send(message, done);
  });
}
