import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status, with headers or without; or no answer at all. */
export type Reply =
  | number
  | 'hang'
  | 'break'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

/** A webhook receiver on the loopback that a spec tells how to behave. */
export interface Receiver {
  readonly url: string;
  readonly origin: string;
  /** Calls whose body arrived whole, in this order. */
  readonly calls: readonly ReceivedCall[];
  /** Requests that were begun and are not answered. */
  readonly open: () => number;
  close(): Promise<void>;
}

export async function startReceiver(
  reply: (call: ReceivedCall, number: number) => Reply | Promise<Reply> = () => 200,
  port = 0,
): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  let open = 0;
  const server = createServer((request, response) => {
    open += 1;
    response.once('close', () => (open -= 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const call = { path: request.url ?? '', headers: request.headers, body };
      calls.push(call);
      void Promise.resolve(reply(call, calls.length)).then((answer) => {
        send(answer, response);
      });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/hook`,
    origin,
    calls,
    open: () => open,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function send(reply: Reply, response: ServerResponse): void {
  if (reply === 'hang') return;
  if (reply === 'break') response.destroy();
  else if (typeof reply === 'number') response.writeHead(reply).end();
  else response.writeHead(reply.status, reply.headers).end(reply.body);
}
