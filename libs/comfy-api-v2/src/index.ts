export { acceptUploads } from './accept-uploads';
export { ApiV2Filter } from './api-v2.filter';
export { UploadsUnderWay } from './assets/uploads-under-way';
export { ignoreBodies } from './bodyless';
export { ComfyApiV2Module } from './comfy-api-v2.module';
export type { ComfyApiV2Options } from './comfy-api-v2.module-definition';
export {
  JobEventStreams,
  type JobEventStreamsDependencies,
  type JobEventStreamsOptions,
} from './events/job-event-streams';
export type { StreamedJob, StreamedJobs, StreamedOutput } from './events/streamed-jobs.port';
export { TooManyStreamsError } from './events/streams.errors';
