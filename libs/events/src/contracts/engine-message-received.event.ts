/** One text message of an engine's websocket, as ComfyUI sent it. */
export interface EngineMessageReceived {
  readonly engineId: string;
  /** The job whose prompt it is about; absent for the engine's own news and for strangers' prompts. */
  readonly jobId?: string;
  readonly type: string;
  /** Its prompt ids are the engine's; only `jobId` is public. */
  readonly data: Readonly<Record<string, unknown>>;
}
