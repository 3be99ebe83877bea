import { randomUUID } from 'node:crypto';

import WebSocket from 'ws';

import type { Clock } from '@gateway/kernel';

import { PeerWatch } from './peer.watch';

export interface ConnectionOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
}

export interface ConnectionListener {
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

/** One connection from its upgrade to its close, under a client id of its own. */
export class EngineConnection {
  readonly clientId = randomUUID();
  private readonly ws: WebSocket;
  private readonly closing: Promise<void>;
  private watch: PeerWatch | undefined;
  private cause: Error | undefined;

  constructor(
    private readonly options: ConnectionOptions,
    listener: ConnectionListener,
  ) {
    this.ws = new WebSocket(socketUrl(options.baseUrl, this.clientId), {
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
