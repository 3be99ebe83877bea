import { connect, type Socket } from 'node:net';

/** Many clients of event streams, each a socket of its own, in the process of the benchmark. */
export class EventWatchers {
  private readonly sockets: Socket[] = [];
  private received = 0;

  constructor(private readonly gatewayUrl: string) {}

  get size(): number {
    return this.sockets.length;
  }

  /** All that came so far, in bytes. */
  get bytes(): number {
    return this.received;
  }

  /** Resolves when the stream has begun. */
  async watch(jobId: string): Promise<void> {
    const { hostname, port } = new URL(this.gatewayUrl);
    const socket = connect(Number(port), hostname);
    this.sockets.push(socket);
    await new Promise<void>((begun, failed) => {
      socket.once('error', failed);
      socket.once('data', (chunk) => {
        if (chunk.subarray(0, 12).toString() === 'HTTP/1.1 200') begun();
        else failed(new Error(chunk.toString()));
      });
      socket.on('data', (chunk) => (this.received += chunk.length));
      socket.write(`GET /api/v2/jobs/${jobId}/events HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    });
  }

  /** From now on nothing is read, as by a client that hangs. */
  stopReading(): void {
    for (const socket of this.sockets) socket.pause();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
