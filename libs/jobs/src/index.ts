export type { AdmissionLimits } from './admission';
export { JOB_QUEUE, type Claim, type JobQueue } from './job-queue.port';
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
  type JobRequest,
  type LiveJob,
  type QueuedJob,
  type RunningJob,
  type SucceededJob,
  type TerminalJob,
} from './job';
export type { JobFact } from './job.lifecycle';
export { JobService } from './job.service';
export { JobsModule } from './jobs.module';
export type { JobsOptions } from './jobs.module-definition';
export {
  IllegalTransitionError,
  JobConflictError,
  JobExistsError,
  JobNotFoundError,
  NotAcceptingError,
  QueueFullError,
} from './jobs.errors';
