import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { CERTIFICATE, PRIVATE_KEY } from './certificate';

export interface Received {
  /** `GET http://files.test/a`, as the client meant it. */
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** All servers of the internet in one, on the loopback: it answers by the URL that was asked for. */
export class Web {
  readonly received: Received[] = [];
  connections = 0;
  private readonly replies = new Map<string, Reply>();

  private constructor(
    private readonly scheme: 'http' | 'https',
    private readonly server: Server,
  ) {
    server.on(scheme === 'https' ? 'secureConnection' : 'connection', () => {
      this.connections += 1;
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response);
    });
  }

  static async start(scheme: 'http' | 'https' = 'http'): Promise<Web> {
    const secure = { cert: CERTIFICATE, key: PRIVATE_KEY };
    const server = scheme === 'https' ? createSecureServer(secure) : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Web(scheme, server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  at(url: string, reply: Reply | string): void {
    const send: Reply = typeof reply === 'string' ? (_, response) => response.end(reply) : reply;
    this.replies.set(new URL(url).href, send);
  }

  redirect(from: string, to: string, status = 302): void {
    this.at(from, (_, response) => response.writeHead(status, { location: to }).end('elsewhere'));
  }

  get lines(): readonly string[] {
    return this.received.map(({ line }) => line);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '/', headers } = request;
    const asked = url.startsWith('/') ? `${this.scheme}://${headers.host ?? ''}${url}` : url;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      this.received.push({ line: `${method} ${asked}`, headers, body });
      const reply = this.replies.get(new URL(asked).href);
      if (reply) reply(request, response);
      else response.writeHead(404).end('not found');
    });
    request.on('error', () => undefined);
  }
}
