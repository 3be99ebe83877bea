import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly at: number;
}

type Respond = (response: ServerResponse, call: ReceivedCall) => void;

/**
 * Somebody else's server on this machine: a receiver of webhooks, or a place that files are fetched
 * from. It writes down every call and answers `200` unless it is told otherwise.
 */
export class WebServer {
  readonly calls: ReceivedCall[] = [];
  private readonly planned: Respond[] = [];
  private readonly files = new Map<string, { bytes: Buffer; contentType: string }>();
  private otherwise: Respond = (response) => void response.end('ok');

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<WebServer> {
    const server = createServer();
    const web = new WebServer(server);
    server.on('request', (request, response: ServerResponse) => {
      void buffer(request).then(
        (body) => {
          const { method = '', url: path = '', headers } = request;
          const call = { method, path, headers, body, json: parsed(body), at: Date.now() };
          web.calls.push(call);
          web.answer(response, call);
        },
        () => response.destroy(),
      );
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return web;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  url(path = '/'): string {
    return this.origin + path;
  }

  /** The next calls are answered so, one each; later ones as usual. */
  plan(...answers: readonly (number | Respond)[]): void {
    this.planned.push(...answers.map(respond));
  }

  /** Every call that nothing else is planned for is answered so. */
  always(answer: number | Respond): void {
    this.otherwise = respond(answer);
  }

  serve(path: string, bytes: Buffer, contentType = 'application/octet-stream'): string {
    this.files.set(path, { bytes, contentType });
    return this.url(path);
  }

  /** Calls with `event` or `type` of that name, oldest first. */
  eventsOf(...names: readonly string[]): readonly ReceivedCall[] {
    return this.calls.filter(({ json }) => names.includes(String(json['event'] ?? json['type'])));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(response: ServerResponse, call: ReceivedCall): void {
    const file = this.files.get(call.path);
    if (file) {
      response.writeHead(200, {
        'content-type': file.contentType,
        'content-length': file.bytes.length,
      });
      response.end(file.bytes);
      return;
    }
    (this.planned.shift() ?? this.otherwise)(response, call);
  }
}

function respond(answer: number | Respond): Respond {
  if (typeof answer === 'function') return answer;
  return (response) => {
    response.statusCode = answer;
    response.end();
  };
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
