import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocketServer, type WebSocket } from 'ws';

import {
  parseJson,
  stringifyJson,
  type JsonObject,
  type JsonValue,
  type PromptRequest,
} from '@gateway/comfy-protocol';

interface Item {
  readonly number: number;
  readonly id: string;
  readonly request: PromptRequest;
}

/** A ComfyUI in the palm of a spec: it does by itself what routes do, prompts move by hand. */
export class FakeComfyUi {
  version = '0.3.64';
  /** Answers `POST /prompt` in its place; `'reset'` cuts the connection after taking the prompt. */
  onSubmit: ((item: Item) => { status: number; body: string } | 'reset' | undefined) | undefined;
  /** Engines before 0.3.45 do. */
  mintsIds = false;
  refusesSockets = false;
  /** Does not answer pings, nor anything else on the socket. */
  mutesSockets = false;
  runsAtOnce = false;
  historyLateMs = 0;
  readonly requests: { readonly route: string; readonly body: JsonObject; origin?: string }[] = [];
  running: Item[] = [];
  pending: Item[] = [];
  readonly history = new Map<string, JsonObject>();
  readonly handshakes: JsonValue[] = [];
  connections = 0;
  private readonly logs = new Map<string, [string, JsonObject][]>();
  private readonly results = new Map<string, Record<string, JsonObject>>();
  private readonly sockets = new Map<string, WebSocket>();
  private counter = 0;
  private ws = new WebSocketServer({ noServer: true });
  private server: Server = createServer();

  static async start(): Promise<FakeComfyUi> {
    const fake = new FakeComfyUi();
    await fake.listen(0);
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Bodies sent to a route, oldest first. */
  sentTo(route: string): readonly JsonObject[] {
    return this.requests.filter((request) => request.route === route).map(({ body }) => body);
  }

  send(id: string, type: string, data: JsonObject = {}): void {
    const message = { ...data, prompt_id: id, timestamp: Date.now() };
    if (/^execution_/.test(type)) this.logOf(id).push([type, message]);
    this.sendRaw(id, stringifyJson({ type, data: message }));
  }

  /** To the socket of the prompt with this id. */
  sendRaw(id: string, frame: string | Buffer): void {
    const clientId = this.clients.get(id);
    if (clientId !== undefined) this.sockets.get(clientId)?.send(frame);
  }

  /** Takes a prompt from the queue and announces it. */
  begin(id: string): void {
    const item = this.pending.find((candidate) => candidate.id === id);
    if (item === undefined) throw new Error(`${id} is not pending`);
    this.pending = this.pending.filter((candidate) => candidate !== item);
    this.running.push(item);
    this.send(id, 'execution_start');
    this.send(id, 'execution_cached', { nodes: [] });
  }

  put(id: string, node: string, ui: JsonObject): void {
    this.putUnheard(id, node, ui);
    this.send(id, 'executing', { node, display_node: node });
    this.send(id, 'executed', { node, display_node: node, output: ui });
  }

  /** An output whose event nobody got. */
  putUnheard(id: string, node: string, ui: JsonObject): void {
    this.results.set(id, { ...this.results.get(id), [node]: ui });
  }

  end(id: string, type: string, data: JsonObject = {}): void {
    this.send(id, type, data);
    this.running = this.running.filter((item) => item.id !== id);
    const entry = {
      prompt: [0, id, {}, {}, []],
      outputs: this.results.get(id) ?? {},
      status: {
        status_str: type === 'execution_success' ? 'success' : 'error',
        completed: type === 'execution_success',
        messages: this.logOf(id) as unknown as JsonValue,
      },
      meta: {},
    };
    if (this.historyLateMs === 0) this.history.set(id, entry);
    else setTimeout(() => this.history.set(id, entry), this.historyLateMs);
    this.sendRaw(id, stringifyJson({ type: 'executing', data: { node: null, prompt_id: id } }));
  }

  /** A whole short life with one picture. */
  complete(id: string, filename = `${id}.png`): void {
    this.begin(id);
    this.put(id, 'save', { images: [{ filename, subfolder: '', type: 'output' }] });
    this.end(id, 'execution_success');
  }

  /** Sockets stay open, but nothing is sent to them any more. */
  deafen(): void {
    this.sockets.clear();
  }

  dropSockets(): void {
    for (const socket of this.ws.clients) socket.terminate();
  }

  /** A new process under the same address: it remembers nothing. */
  async restart(): Promise<void> {
    const port = this.port;
    await this.stop();
    this.running = [];
    this.pending = [];
    this.history.clear();
    this.ws = new WebSocketServer({ noServer: true });
    this.server = createServer();
    await this.listen(port);
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.dropSockets();
    this.server.closeAllConnections();
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private readonly clients = new Map<string, string>();

  private async listen(port: number): Promise<void> {
    this.server.on('request', (request, response) => void this.answer(request, response));
    this.server.on('upgrade', (request, socket, head) => {
      if (this.refusesSockets) {
        socket.destroy();
        return;
      }
      this.ws.handleUpgrade(request, socket, head, (client) => this.greet(client, request));
    });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  private greet(client: WebSocket, request: IncomingMessage): void {
    this.connections += 1;
    const id = new URL(request.url ?? '', this.url).searchParams.get('clientId') ?? '';
    if (this.mutesSockets) {
      client.pause();
      return;
    }
    this.sockets.set(id, client);
    client.on('close', () => this.sockets.delete(id));
    client.on('message', (frame: Buffer) => this.handshakes.push(parseJson(frame.toString())));
    const status = { status: { exec_info: { queue_remaining: 0 } }, sid: id };
    client.send(stringifyJson({ type: 'status', data: status }));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '', this.url);
    const route = `${request.method ?? ''} ${url.pathname}`;
    const isJson = request.headers['content-type'] === 'application/json';
    const body = (isJson ? parseJson(text) : { text }) as JsonObject;
    const { origin } = request.headers;
    this.requests.push({ route, body, ...(origin !== undefined && { origin }) });
    const answer = this.respond(route, body, response);
    if (answer !== undefined)
      response.end(typeof answer === 'string' ? answer : stringifyJson(answer));
  }

  private respond(
    route: string,
    body: JsonObject,
    response: ServerResponse,
  ): JsonObject | string | undefined {
    const ids = (Array.isArray(body['delete']) ? body['delete'] : []) as string[];
    switch (route) {
      case 'GET /prompt':
        return { exec_info: { queue_remaining: this.running.length + this.pending.length } };
      case 'GET /system_stats':
        return { system: { comfyui_version: this.version }, devices: [] };
      case 'GET /queue':
        return {
          queue_running: this.running.map(queueItem),
          queue_pending: this.pending.map(queueItem),
        };
      case 'POST /prompt':
        return this.submit(body as unknown as PromptRequest, response);
      case 'POST /queue':
        this.pending = this.pending.filter(({ id }) => !ids.includes(id));
        return '';
      case 'POST /history':
        for (const id of ids) this.history.delete(id);
        return '';
      case 'POST /interrupt':
        this.interrupt(body['prompt_id'] as string);
        return '';
      default: {
        const id = /^GET \/history\/(.+)$/.exec(route)?.[1];
        const entry = id === undefined ? undefined : this.history.get(id);
        if (id !== undefined) return entry === undefined ? {} : { [id]: entry };
        response.statusCode = 404;
        return '';
      }
    }
  }

  private submit(
    request: PromptRequest,
    response: ServerResponse,
  ): JsonObject | string | undefined {
    const id = this.mintsIds ? randomUUID() : (request.prompt_id ?? randomUUID());
    const item = { number: (this.counter += 1), id, request };
    if (request.client_id !== undefined) this.clients.set(id, request.client_id);
    const answer = this.onSubmit?.(item);
    if (answer === 'reset') {
      response.destroy();
      return undefined;
    }
    if (answer !== undefined) {
      response.statusCode = answer.status;
      return answer.body;
    }
    this.pending.push(item);
    const status = { status: { exec_info: { queue_remaining: this.pending.length } } };
    for (const socket of this.sockets.values()) {
      socket.send(stringifyJson({ type: 'status', data: status }));
    }
    if (this.runsAtOnce) this.complete(id);
    return { prompt_id: id, number: item.number, node_errors: {} };
  }

  /** Before 0.3.57 the id is not looked at. */
  private interrupt(id: string): void {
    const global = this.version === '0.3.40';
    const hit = this.running.find((item) => global || item.id === id);
    const where = { node_id: 'save', node_type: 'SaveImage', executed: [] };
    if (hit !== undefined) this.end(hit.id, 'execution_interrupted', where);
  }

  /** Puts a prompt into the queue without an answer, as a request whose answer was lost. */
  accept(item: Item): void {
    this.pending.push(item);
  }

  private logOf(id: string): [string, JsonObject][] {
    const log = this.logs.get(id) ?? [];
    this.logs.set(id, log);
    return log;
  }
}

function queueItem({ number, id, request }: Item): JsonValue {
  return [number, id, request.prompt as unknown as JsonObject, {}, []] as readonly JsonValue[];
}
