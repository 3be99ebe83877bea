import './http/fastify-request';

export { EngineRegistry, type Engine, type EngineSupervision } from './engine/engine';
export type { FilenameSalting } from './filename-salt';
export {
  nodeByNode,
  type GraphPreprocessor,
  type NodePreprocessor,
  type PreprocessedJob,
} from './graph-preprocessor';
export { GraphPreprocessors } from './graph-preprocessors';
export { PromptDoor, type DoorRequest } from './http/prompt-door';
export { ApiPromptAnswers, ProblemDto } from './http/prompt.api';
export { PromptAnswerDto } from './http/prompt.dto';
export { describeFormats } from './http/described-formats';
export { jobUrls, type JobUrls } from './http/job-urls';
export { TakesLongTexts } from './http/takes-long-texts';
export { runFields, webhookUrl, type RunFields, type RunFieldSchemas } from './http/run-fields';
export type { FoundAsset, InputAssets, OpenedInput } from './inputs/input-assets.port';
export { recordedInputs } from './inputs/recorded.engine-files';
export {
  EngineUnavailableError,
  PromptFailedError,
  PromptRejectedError,
  ShuttingDownError,
  type PromptFailureCode,
  type PromptRejectionCode,
} from './prompt.errors';
export { PromptExecutor } from './prompt.executor';
export { PromptModule } from './prompt.module';
export type { PromptOptions } from './prompt.module-definition';
export { PromptService, type PromptCommand } from './prompt.service';
export { WarmUp } from './warm-up';
