import { pause, backoffDelayMs, type BackoffPolicy } from '@gateway/kernel';

import type { SocketState } from '../comfy-client.options';
import { EngineConnection, type ConnectionOptions } from './engine.connection';

export interface EngineSocketOptions extends ConnectionOptions {
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
  private current: EngineConnection | undefined;
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
    const connection = new EngineConnection(this.options, {
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

  private alive(connection: EngineConnection): void {
    if (this.opened.signal.aborted) return;
    this.failures = 0;
    this.opened.abort();
    this.listener.state('open', connection.clientId, undefined);
  }

  private closed(connection: EngineConnection, cause: Error): void {
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
