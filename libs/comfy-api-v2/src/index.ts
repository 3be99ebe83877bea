export {
  JobEventStreams,
  type JobEventStreamsDependencies,
  type JobEventStreamsOptions,
} from './events/job-event-streams';
export type { StreamedJob, StreamedJobs, StreamedOutput } from './events/streamed-jobs.port';
export { TooManyStreamsError } from './events/streams.errors';
