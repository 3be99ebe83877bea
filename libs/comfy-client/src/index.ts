export {
  ComfyClientStoppedError,
  ComfyHttpError,
  ComfyUnreachableError,
  OutputMissingError,
  PathOutsideFolderError,
  PromptForgottenError,
  PromptTooLargeError,
} from './comfy-client.errors';
export type {
  ComfyClientOptions,
  EnginePreview,
  ReconcilePolicy,
  SocketState,
} from './comfy-client.options';
export { ComfyClient } from './comfy.client';
export { featuresOf, type EngineFeatures } from './engine-version';
export { DiskEngineFiles } from './files/disk.engine-files';
export {
  ENGINE_FILES,
  type EngineFiles,
  type InputName,
  type OpenedFile,
} from './files/engine-files.port';
export { HttpEngineFiles } from './files/http.engine-files';
export { ComfyHttp, type FileLocation, type SystemStats, type ViewedFile } from './http/comfy.http';
export type { SubmitAnswer } from './http/submit-answer';
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
