import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { isJsonObject, parseJson, type JsonObject } from '@gateway/comfy-protocol';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

import type { WebsocketHub } from './websocket.hub';

const MAX_INCOMING_BYTES = 4 * 1024 * 1024;
const PATHS = new Set(['/ws', '/api/ws']);

/** What the endpoint asks of its surroundings. */
export interface EndpointWorld {
  readonly hub: WebsocketHub;
  /** `{ exec_info: { queue_remaining } }`. */
  readonly queueInfo: () => JsonObject;
  /** The node shown as executing, if a prompt of this client runs. */
  readonly runningNodeOf: (clientId: string) => string | undefined;
  /** The server's flags; `undefined` in releases without the handshake. */
  readonly serverFlags: JsonObject | undefined;
  /** A status that refuses the upgrade: 403 for a foreign origin; `destroy` cuts the connection. */
  readonly refuses: (request: IncomingMessage) => number | 'destroy' | undefined;
}

/** `GET /ws`: upgrades, greets, and listens for the one message ComfyUI understands. */
export class WebsocketEndpoint {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_INCOMING_BYTES,
    perMessageDeflate: true,
  });

  constructor(private readonly world: EndpointWorld) {}

  /** Handler of an http server's `upgrade` event. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const refusal = this.world.refuses(request);
    if (refusal === 'destroy') {
      stream.destroy();
      return;
    }
    if (refusal !== undefined || !PATHS.has(url.pathname)) {
      refuse(stream, refusal ?? 404);
      return;
    }
    this.server.handleUpgrade(request, stream, head, (socket) => {
      writeTogether(socket, stream);
      this.greet(socket, url.searchParams.get('clientId') ?? '');
    });
  }

  private greet(socket: WebSocket, wantedId: string): void {
    const { hub, queueInfo, runningNodeOf } = this.world;
    const clientId = wantedId === '' ? randomUUID().replaceAll('-', '') : wantedId;
    hub.register(clientId, socket);
    // An oversized or broken frame: `ws` closes the socket itself, with 1009 or 1002.
    socket.on('error', () => undefined);
    socket.on('close', () => hub.unregister(clientId));
    hub.sendNow(socket, 'status', { status: queueInfo(), sid: clientId });
    const node = runningNodeOf(clientId);
    if (node !== undefined) hub.sendNow(socket, 'executing', { node });
    this.awaitFlags(socket, clientId);
  }

  /** Only the first text frame that is a JSON object may be the handshake. */
  private awaitFlags(socket: WebSocket, clientId: string): void {
    const { serverFlags, hub } = this.world;
    if (serverFlags === undefined) return;
    const onMessage = (raw: RawData, isBinary: boolean): void => {
      const message = isBinary ? undefined : parseObject(raw);
      if (message === undefined) return;
      socket.off('message', onMessage);
      if (message['type'] !== 'feature_flags') return;
      const flags = message['data'];
      hub.setFlags(clientId, isJsonObject(flags) ? flags : {});
      hub.sendNow(socket, 'feature_flags', serverFlags);
    };
    socket.on('message', onMessage);
  }
}

/** Frames of one turn leave in one write: each is as it was, and the system is asked once. */
function writeTogether(socket: WebSocket, stream: Duplex): void {
  const send = socket.send.bind(socket) as (...message: readonly unknown[]) => void;
  let isCorked = false;
  socket.send = (...message: readonly unknown[]) => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      setImmediate(() => {
        isCorked = false;
        stream.uncork();
      });
    }
    send(...message);
  };
}

function parseObject(raw: RawData): JsonObject | undefined {
  try {
    const value = parseJson(bytesOf(raw).toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(raw: RawData): Buffer {
  if (Array.isArray(raw)) return Buffer.concat(raw);
  return Buffer.isBuffer(raw) ? raw : Buffer.from(raw);
}

function refuse(stream: Duplex, status: number): void {
  const reason = status === 403 ? 'Forbidden' : status === 404 ? 'Not Found' : 'Error';
  stream.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
