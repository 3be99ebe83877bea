/** Something that is done before ComfyUI is started: fetching models, writing files. */
export interface StartupTask {
  /** Its key in `/health/startup`. */
  readonly name: string;
  /**
   * The port is open already, and prompts wait. What it throws ends the gateway; `signal` aborts when
   * the gateway is told to end.
   */
  run(signal: AbortSignal): Promise<void>;
}
