import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy for whom the whole internet is one port of the loopback: it never resolves a name. */
export class LocalProxy {
  /** `CONNECT files.test:443`, `GET http://files.test/a`. */
  readonly asked: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  /** What it does to a `CONNECT` instead of opening a tunnel. */
  refuses: 'with-403' | 'by-hanging-up' | undefined;
  private readonly server = createServer();
  private readonly sockets = new Set<Duplex>();

  private constructor(private readonly targetPort: number) {
    this.server.on('connection', (socket) => this.own(socket));
    this.server.on('request', (request, response) => {
      this.note(request);
      const { method, url, headers } = request;
      const path = url ?? '/';
      const target = { host: '127.0.0.1', port: this.targetPort, method, path, headers };
      const onward = forward(target, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    this.server.on('connect', (request: IncomingMessage, socket: Duplex) => {
      this.note(request);
      if (this.refuses === 'by-hanging-up') socket.destroy();
      else if (this.refuses) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      else this.openTunnel(socket);
    });
  }

  static async start(targetPort: number): Promise<LocalProxy> {
    const proxy = new LocalProxy(targetPort);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private note({ method = '', url = '', headers }: IncomingMessage): void {
    this.asked.push(`${method} ${url}`);
    this.credentials.push(headers['proxy-authorization']);
  }

  private openTunnel(client: Duplex): void {
    const target: Socket = connect(this.targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    this.own(target);
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
  }

  private own(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
