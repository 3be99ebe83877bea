/** One text message of an engine's websocket, as ComfyUI sent it. */
export interface EngineMessageReceived {
  readonly engineId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
