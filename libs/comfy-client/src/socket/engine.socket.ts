import { randomUUID } from 'node:crypto';

import WebSocket from 'ws';

import { backoffDelayMs, type BackoffPolicy, type Clock } from '@gateway/kernel';

import type { SocketState } from '../comfy-client.options';
import { pause } from '../pause';
import { PeerWatch } from './peer.watch';

export interface EngineSocketOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
  readonly reconnect: BackoffPolicy;
}

/** Who listens. Called on the socket's own turn: must not block, must not throw. */
export interface EngineSocketListener {
  text(frame: string): void;
  binary(frame: Buffer): void;
  state(state: SocketState, clientId: string, cause: Error | undefined): void;
}

/**
 * Exactly one websocket to an engine, opened again with back-off until it is stopped.
 *
 * Each connection has a client id of its own: ComfyUI silently orphans the second of two sockets
 * with one id. It counts as open when the engine's handler gave a sign of life, not at the upgrade,
 * because only then is the id registered and events find their way.
 */
export class EngineSocket {
  private current: Connection | undefined;
  private opened = new AbortController();
  private cancelRetry: (() => void) | undefined;
  private failures = 0;
  private stopped = false;
  private frameCount = 0;

  constructor(
    private readonly options: EngineSocketOptions,
    private readonly listener: EngineSocketListener,
  ) {}

  get state(): SocketState {
    if (this.current === undefined) return 'closed';
    return this.opened.signal.aborted ? 'open' : 'connecting';
  }

  /** The id that events are sent to; `undefined` while no socket is open. */
  get clientId(): string | undefined {
    return this.state === 'open' ? this.current?.clientId : undefined;
  }

  /** Text frames since the beginning: whether the engine talks at all, to anyone. */
  get frames(): number {
    return this.frameCount;
  }

  /** Connects now, even in the middle of a back-off. */
  connect(): void {
    if (this.stopped || this.current !== undefined) return;
    this.cancelRetry?.();
    const { baseUrl } = this.options;
    const connection = new Connection(baseUrl, this.options, {
      alive: () => this.alive(connection),
      text: (frame) => {
        this.frameCount += 1;
        this.listener.text(frame);
      },
      binary: (frame) => this.listener.binary(frame),
      closed: (cause) => this.closed(connection, cause),
    });
    this.current = connection;
    this.listener.state('connecting', connection.clientId, undefined);
  }

  /** Waits for an open socket, for a while. */
  async untilOpen(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.state === 'open') return;
    this.connect();
    await pause(this.options.clock, timeoutMs, AbortSignal.any([signal, this.opened.signal]));
  }

  /** Drops the connection for a new one under a new id. */
  renew(reason: string): void {
    this.current?.abandon(new Error(reason));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelRetry?.();
    await this.current?.close();
  }

  private alive(connection: Connection): void {
    if (this.opened.signal.aborted) return;
    this.failures = 0;
    this.opened.abort();
    this.listener.state('open', connection.clientId, undefined);
  }

  private closed(connection: Connection, cause: Error): void {
    this.current = undefined;
    if (this.opened.signal.aborted) this.opened = new AbortController();
    this.listener.state('closed', connection.clientId, cause);
    if (this.stopped) return;
    this.failures += 1;
    const { clock, reconnect } = this.options;
    const delayMs = backoffDelayMs(reconnect, this.failures, Math.random());
    this.cancelRetry = clock.schedule(delayMs, () => this.connect());
  }
}

interface ConnectionListener {
  /** Any sign of life, the first one included. */
  alive(): void;
  text(frame: string): void;
  binary(frame: Buffer): void;
  /** Once, last. */
  closed(cause: Error): void;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 500;
/** ComfyUI bounds nothing it sends: previews, text dumps and `progress_state` can be large. */
const MAX_PAYLOAD_BYTES = 512 * 1024 * 1024;
/** Must be the first frame, or ComfyUI ignores it for good. */
const HANDSHAKE = JSON.stringify({
  type: 'feature_flags',
  data: { supports_preview_metadata: true },
});

/** One connection from its upgrade to its close. */
class Connection {
  readonly clientId = randomUUID();
  private readonly ws: WebSocket;
  private readonly closing: Promise<void>;
  private watch: PeerWatch | undefined;
  private cause: Error | undefined;

  constructor(
    baseUrl: string,
    private readonly options: EngineSocketOptions,
    listener: ConnectionListener,
  ) {
    this.ws = new WebSocket(socketUrl(baseUrl, this.clientId), {
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      skipUTF8Validation: true,
    });
    const heard = (): void => {
      this.watch?.heard();
      listener.alive();
    };
    this.ws.on('open', () => this.greet());
    this.ws.on('pong', heard);
    this.ws.on('message', (frame: Buffer, isBinary) => {
      heard();
      if (isBinary) listener.binary(frame);
      else listener.text(frame.toString('utf8'));
    });
    this.ws.on('error', (error) => {
      this.cause ??= error;
    });
    this.closing = new Promise((resolve) => {
      this.ws.on('close', (code) => {
        this.watch?.stop();
        listener.closed(this.cause ?? new Error(`the engine's websocket was closed (${code})`));
        resolve();
      });
    });
  }

  abandon(cause: Error): void {
    this.cause ??= cause;
    this.ws.terminate();
  }

  async close(): Promise<void> {
    this.ws.close(1000);
    const cancel = this.options.clock.schedule(CLOSE_TIMEOUT_MS, () => this.ws.terminate());
    await this.closing;
    cancel();
  }

  private greet(): void {
    this.ws.send(HANDSHAKE);
    this.ws.ping();
    this.watch = new PeerWatch(this.options.clock, this.options, {
      ping: () => this.ws.ping(),
      dead: (silentMs) =>
        this.abandon(new Error(`the engine's websocket was silent for ${silentMs} ms`)),
    });
  }
}

function socketUrl(baseUrl: string, clientId: string): string {
  const url = new URL(baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/ws`;
  url.search = new URLSearchParams({ clientId }).toString();
  return url.toString();
}
