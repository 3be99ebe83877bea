export type { AdmissionLimits } from './admission';
export { JOB_QUEUE, type Claim, type EnqueueOptions, type JobQueue } from './job-queue.port';
export { JOB_STORE, type JobStore } from './job-store.port';
export {
  isTerminal,
  isTerminalStatus,
  type Attempt,
  type CanceledJob,
  type ExpiredJob,
  type FailedJob,
  type Job,
  type JobFailure,
  type JobInputFolders,
  type JobRequest,
  type LiveJob,
  type QueuedJob,
  type RunningJob,
  type SucceededJob,
  type TerminalJob,
  type WebhookTarget,
} from './job';
export type { JobStats } from './job-stats';
export type { JobFact } from './job.lifecycle';
export { JobService } from './job.service';
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
export { describeOutput } from './output-description';
export type { OutputType, PreparedFile, PreparedOutput, PreparedText } from './prepared-output';
export {
  IllegalTransitionError,
  JobConflictError,
  JobExistsError,
  JobNotFoundError,
  NotAcceptingError,
  QueueFullError,
} from './jobs.errors';
