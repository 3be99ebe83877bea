/** One engine: its HTTP and exactly one websocket; prompts run to an ending. */
export { ComfyClient } from './comfy.client';
export type {
  ComfyClientOptions,
  EnginePreview,
  ReconcilePolicy,
  SocketState,
} from './comfy-client.options';

/** What a run is given, tells, and ends as. */
export type {
  AcceptedPrompt,
  PromptEnding,
  PromptFailed,
  PromptInterrupted,
  PromptLost,
  PromptRefusal,
  PromptSubmission,
  PromptSucceeded,
  RunOptions,
  RunProgress,
  RunTiming,
} from './run/prompt-ending';

/** The HTTP half alone: probes, catalogues, files. */
export { ComfyHttp } from './http/comfy.http';
export type { FileLocation, SystemStats, ViewedFile } from './http/comfy.http';
export type { SubmitAnswer } from './http/submit-answer';

/** What an engine of a version can do. */
export { featuresOf } from './engine-version';
export type { EngineFeatures } from './engine-version';

/** Inputs and outputs: on a disk we share with the engine, or over its HTTP. */
export { DiskEngineFiles } from './files/disk.engine-files';
export { HttpEngineFiles } from './files/http.engine-files';
export type { EngineFiles, InputName, OpenedFile } from './files/engine-files.port';

/** Everything that can go wrong, by its stable code. */
export {
  ComfyClientStoppedError,
  ComfyHttpError,
  ComfyUnreachableError,
  OutputChangedError,
  OutputMissingError,
  PathOutsideFolderError,
  PromptForgottenError,
  PromptTooLargeError,
} from './comfy-client.errors';
