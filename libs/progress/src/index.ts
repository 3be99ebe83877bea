export { ProgressBoard, type JobListener, type JobNews, type Preview } from './progress.board';
export type { Progress } from './progress.snapshot';
