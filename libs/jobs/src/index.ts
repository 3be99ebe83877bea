export type { AdmissionLimits } from './admission';
export { JOB_QUEUE, type Claim, type EnqueueOptions, type JobQueue } from './job-queue.port';
export { JOB_MIGRATIONS } from './adapters/job.migrations';
export { JOB_STORE, type JobQuery, type JobStore, type ListedJob } from './job-store.port';
export {
  isTerminal,
  isTerminalStatus,
  triesOf,
  type Attempt,
  type CanceledJob,
  type ExpiredJob,
  type FailedJob,
  type Job,
  type JobFailure,
  type JobInputFolders,
  type JobReport,
  type JobRequest,
  type JobSummary,
  type LiveJob,
  type QueuedJob,
  type RunningJob,
  type SucceededJob,
  type TerminalJob,
  type WebhookEvent,
  type WebhookTarget,
  WEBHOOK_EVENTS,
} from './job';
export type { JobStats } from './job-stats';
export type { JobFact } from './job.lifecycle';
export { JobService, SOLE_OWNER, type LeftBehind } from './job.service';
export { JobsModule } from './jobs.module';
export type { JobsOptions } from './jobs.module-definition';
export {
  OUTPUT_SINKS,
  type JobNonSuccess,
  type JobResult,
  type JobSuccess,
  type OutputSink,
  type OutputSinks,
} from './output-sink.port';
export { OUTPUT_SHELF, type OutputShelf } from './output-shelf.port';
export { Retention, type KeptFiles, type KeptUpload, type RetentionPolicy } from './retention';
export { describeOutput } from './output-description';
export type {
  FileOnDisk,
  OutputType,
  PreparedFile,
  PreparedOutput,
  PreparedText,
} from './prepared-output';
export {
  IllegalTransitionError,
  JobConflictError,
  JobExistsError,
  JobNotFoundError,
  NotAcceptingError,
  QueueFullError,
} from './jobs.errors';
