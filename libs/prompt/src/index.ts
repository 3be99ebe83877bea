import './http/fastify-request';

export { EngineRegistry, type Engine, type EngineSupervision } from './engine/engine';
export type { FilenameSalting } from './filename-salt';
export { ProblemDto } from './http/prompt.api';
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
