import type { ComfyClientOptions, SocketState } from './comfy-client.options';
import { ComfyHttp } from './http/comfy.http';
import type { PromptEnding, PromptSubmission, RunOptions } from './run/prompt-ending';

/** One engine: its HTTP and exactly one websocket. */
export class ComfyClient {
  readonly http: ComfyHttp;

  constructor(private readonly options: ComfyClientOptions) {
    this.http = new ComfyHttp(options);
  }

  get engineId(): string {
    return this.options.engineId;
  }

  get socketState(): SocketState {
    return 'closed';
  }

  /** Runs inside this client; zero when nothing is going on. */
  get activeRuns(): number {
    return 0;
  }

  /** ComfyUI's version as read at the last connection; `undefined` until then. */
  version(): string | undefined {
    return undefined;
  }

  /** Opens the socket and keeps it open until {@link stop}. */
  start(): void {
    throw new Error('being written');
  }

  /** Ends the socket, the timers and every run (as lost); the client cannot be started again. */
  async stop(): Promise<void> {
    await this.http.close();
  }

  /** The engine's process is gone: every run ends as lost at once, with this cause. */
  engineGone(_cause: Error): void {
    throw new Error('being written');
  }

  /**
   * Runs a prompt to its end.
   *
   * @throws PromptTooLargeError `comfy.prompt_too_large`
   * @throws ComfyHttpError `comfy.http_error` when ComfyUI turns the request away otherwise
   */
  async run(_submission: PromptSubmission, _options: RunOptions): Promise<PromptEnding> {
    return Promise.reject(new Error('being written'));
  }
}
