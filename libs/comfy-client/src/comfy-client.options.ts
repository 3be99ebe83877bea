import type { EngineMessage, ImageFormat, NodeId } from '@gateway/comfy-protocol';
import type { BackoffPolicy, Clock, Log } from '@gateway/kernel';

/** What a {@link ComfyClient} needs, and how patient it is. Durations are milliseconds. */
export interface ComfyClientOptions {
  readonly engineId: string;
  /** `http://host:port`, with a path if ComfyUI is behind one. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly requestTimeoutMs?: number;
  /** How often the socket is pinged; ComfyUI itself never pings. */
  readonly pingIntervalMs?: number;
  /** A peer silent for this long after a ping is taken for dead. */
  readonly deadAfterMs?: number;
  readonly reconnect?: BackoffPolicy;
  /** How long a submission waits for the socket before it goes ahead without events. */
  readonly socketWaitMs?: number;
  /** A run without an event for this long is looked up once. */
  readonly silentAfterMs?: number;
  readonly reconcile?: Partial<ReconcilePolicy>;
  /** Every text message of the socket that we understand. Must not block. */
  readonly onMessage?: (message: EngineMessage) => void;
  /** A preview picture while a prompt runs. Must not block. */
  readonly onPreview?: (preview: EnginePreview) => void;
  readonly onSocketState?: (state: SocketState, cause?: Error) => void;
}

export type SocketState = 'connecting' | 'open' | 'closed';

/** A picture on its way: a latent preview, or what `SaveImageWebsocket` sends. */
export interface EnginePreview {
  /** By the engine's id; `undefined` when a frame without metadata cannot be attributed. */
  readonly promptId: string | undefined;
  readonly nodeId: NodeId | undefined;
  readonly contentType: ImageFormat;
  readonly image: Buffer;
}

/** How a run is followed when no events come for it. */
export interface ReconcilePolicy {
  /** Between two looks: starts short, grows, starts short again when something changed. */
  readonly interval: BackoffPolicy;
  /** Absent from queue and history for this long = gone. Covers a history that is written late. */
  readonly goneAfterMs: number;
  /** The same for a prompt whose success was announced: its history must come. */
  readonly lateHistoryMs: number;
  /** Nobody listens at the engine's address for this long: what was inside is lost. */
  readonly unreachableAfterMs: number;
  /**
   * The same for an engine that listens but does not answer. Loading a large model can block its
   * HTTP for minutes, and the prompt is run all the same.
   */
  readonly unresponsiveAfterMs: number;
}

export const DEFAULTS = {
  requestTimeoutMs: 30_000,
  pingIntervalMs: 15_000,
  deadAfterMs: 15_000,
  reconnect: { firstDelayMs: 100, maxDelayMs: 5_000, factor: 2, jitter: 0.3 },
  socketWaitMs: 2_000,
  silentAfterMs: 30_000,
} as const satisfies Partial<ComfyClientOptions>;

export const DEFAULT_RECONCILE: ReconcilePolicy = {
  interval: { firstDelayMs: 50, maxDelayMs: 1_000, factor: 1.6, jitter: 0 },
  goneAfterMs: 500,
  lateHistoryMs: 5_000,
  unreachableAfterMs: 30_000,
  unresponsiveAfterMs: 300_000,
};
