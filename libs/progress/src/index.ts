export { ProgressBoard, type JobListener, type JobNews, type Preview } from './progress.board';
export { finishedProgress, type Progress } from './progress.snapshot';
