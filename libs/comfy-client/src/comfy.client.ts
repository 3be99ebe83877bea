import { ComfyClientStoppedError } from './comfy-client.errors';
import {
  DEFAULTS,
  DEFAULT_RECONCILE,
  type ComfyClientOptions,
  type SocketState,
} from './comfy-client.options';
import { EngineVersionReader } from './engine-version.reader';
import { ComfyHttp } from './http/comfy.http';
import { OwnedTasks } from './owned-tasks';
import { HistorySweeper } from './run/history.sweeper';
import type { PromptEnding, PromptSubmission, RunOptions } from './run/prompt-ending';
import { PromptRun } from './run/prompt.run';
import { RunCanceller } from './run/run.canceller';
import { RunReconciler } from './run/run.reconciler';
import { RunRegistry } from './run/run.registry';
import { RunSubmitter } from './run/run.submitter';
import { SilenceWatch } from './run/silence.watch';
import { EngineSocket } from './socket/engine.socket';
import { FrameReader } from './socket/frame.reader';

/** One engine: its HTTP and exactly one websocket. */
export class ComfyClient {
  readonly http: ComfyHttp;
  private readonly tasks: OwnedTasks;
  private readonly engineVersion: EngineVersionReader;
  private readonly registry = new RunRegistry();
  private readonly socket: EngineSocket;
  private readonly reconciler: RunReconciler;
  private readonly submitter: RunSubmitter;
  private readonly sweeper: HistorySweeper;
  private readonly silence: SilenceWatch;
  private readonly frames: FrameReader;
  private readonly stopped = new AbortController();

  constructor(private readonly options: ComfyClientOptions) {
    const { clock, log, socketWaitMs, silentAfterMs, reconcile } = options;
    const { registry } = this;
    const http = new ComfyHttp(options);
    const tasks = new OwnedTasks(log);
    const version = new EngineVersionReader(http, log);
    const socket = new EngineSocket(
      { ...DEFAULTS, ...options },
      {
        text: (frame) => this.takeText(frame),
        binary: (frame) => this.takeBinary(frame),
        state: (...change) => this.takeSocketState(...change),
      },
    );
    const reconciler = new RunReconciler(
      { http, socket, clock, log, tasks },
      { ...DEFAULT_RECONCILE, ...reconcile },
    );
    const canceller = new RunCanceller({ http, version, reconciler, clock, log });
    this.submitter = new RunSubmitter(
      { http, socket, version, registry, reconciler, canceller, tasks, clock },
      socketWaitMs ?? DEFAULTS.socketWaitMs,
    );
    this.sweeper = new HistorySweeper(http, clock, tasks, log);
    this.silence = new SilenceWatch(clock, silentAfterMs ?? DEFAULTS.silentAfterMs, {
      all: () => registry.all(),
      silent: (run) => reconciler.look(run),
    });
    this.frames = new FrameReader(log);
    this.http = http;
    this.tasks = tasks;
    this.engineVersion = version;
    this.socket = socket;
    this.reconciler = reconciler;
  }

  get engineId(): string {
    return this.options.engineId;
  }

  get socketState(): SocketState {
    return this.socket.state;
  }

  /** Runs inside this client; zero when nothing is going on. */
  get activeRuns(): number {
    return this.registry.size;
  }

  /** ComfyUI's version as read at the last connection; `undefined` until then. */
  version(): string | undefined {
    return this.engineVersion.current;
  }

  /** Opens the socket and keeps it open until {@link stop}. */
  start(): void {
    this.silence.start();
    this.socket.connect();
  }

  /** Ends the socket, the timers and every run (as lost); the client cannot be started again. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.silence.stop();
    this.loseAll(new ComfyClientStoppedError());
    this.reconciler.stop();
    await this.socket.stop();
    await this.tasks.drain();
    await this.sweeper.stop();
    await this.http.close();
  }

  /** The engine's process is gone: every run ends as lost at once, with this cause. */
  engineGone(cause: Error): void {
    this.loseAll(cause);
  }

  /**
   * Runs a prompt to its end.
   *
   * @throws PromptTooLargeError `comfy.prompt_too_large`
   * @throws ComfyHttpError `comfy.http_error` when ComfyUI turns the request away otherwise
   */
  async run(submission: PromptSubmission, options: RunOptions): Promise<PromptEnding> {
    return this.hold(submission, options, (run) => this.submitter.submit(run));
  }

  /** Follows a prompt that is already inside the engine, submitted before this client existed. */
  async follow(submission: PromptSubmission, options: RunOptions): Promise<PromptEnding> {
    return this.hold(submission, options, (run) => {
      this.submitter.findAgain(run);
      return Promise.resolve();
    });
  }

  private async hold(
    submission: PromptSubmission,
    options: RunOptions,
    begin: (run: PromptRun) => Promise<void>,
  ): Promise<PromptEnding> {
    const { clock, log } = this.options;
    const lookUp = (over: PromptRun): void => this.reconciler.follow(over);
    const run = new PromptRun(submission, options, { clock, log, lookUp });
    const { signal } = options;
    const cancel = (): void => this.submitter.cancel(run);
    this.registry.add(run);
    try {
      if (this.stopped.signal.aborted) run.lose(new ComfyClientStoppedError());
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel);
      if (!run.hasEnded()) await begin(run);
      return await run.ending;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.registry.remove(run);
      this.reconciler.forget(run);
      if (run.phase === 'inside') this.sweeper.add(run.promptId);
    }
  }

  private loseAll(cause: Error): void {
    for (const run of this.registry.all()) run.lose(cause);
  }

  private takeText(frame: string): void {
    const message = this.frames.text(frame);
    if (message === undefined) return;
    this.registry.dispatch(message);
    this.tell(() => this.options.onMessage?.(message));
  }

  private takeBinary(frame: Buffer): void {
    const { onPreview } = this.options;
    if (!onPreview) return;
    const preview = this.frames.binary(frame);
    if (preview !== undefined) this.tell(() => onPreview(preview));
  }

  private takeSocketState(state: SocketState, clientId: string, cause: Error | undefined): void {
    const { log, engineId } = this.options;
    log.debug({ engineId, state, err: cause }, `The engine's websocket is ${state}`);
    if (state === 'open') this.tasks.own('reading the version', this.readVersion());
    if (state === 'closed') this.followWithoutEvents(clientId);
    this.tell(() => this.options.onSocketState?.(state, cause));
  }

  private readVersion(): Promise<void> {
    return this.engineVersion.read(this.stopped.signal);
  }

  /** Events go to the client id a prompt was posted with, so a new connection will not get them. */
  private followWithoutEvents(clientId: string): void {
    for (const run of this.registry.all()) {
      if (run.clientId === clientId && run.phase === 'inside') this.reconciler.follow(run);
    }
  }

  /** A listener that throws must not end the socket. */
  private tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.options.log.error({ err: error }, 'A listener of the engine threw');
    }
  }
}
