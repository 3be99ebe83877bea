import { Readable } from 'node:stream';

import type {
  Job,
  JobRequest,
  JobStats,
  JobSuccess,
  PreparedFile,
  PreparedOutput,
} from '@gateway/jobs';

/** A file of a job, with a count of what became of it. */
export interface WatchedFile extends PreparedFile {
  readonly seen: { streams: number; open: number; released: number };
  /** What later readers get. */
  become(bytes: Buffer): void;
}

export function aFile(
  bytes: Buffer,
  options: {
    readonly filename?: string;
    /** `unknown`: only reading it tells. */
    readonly size?: 'known' | 'unknown';
    readonly chunkBytes?: number;
  } = {},
): WatchedFile {
  const { filename = 'a.png', size = 'known', chunkBytes = 192 * 1024 } = options;
  let content = bytes;
  const seen = { streams: 0, open: 0, released: 0 };
  return {
    kind: 'file',
    nodeId: '9',
    type: 'image',
    filename,
    contentType: 'image/png',
    sizeBytes: size === 'known' ? bytes.length : undefined,
    seen,
    become: (other) => (content = other),
    stream: () => {
      seen.streams += 1;
      seen.open += 1;
      const stream = Readable.from(cut(content, chunkBytes), { objectMode: false });
      return stream.once('close', () => (seen.open -= 1));
    },
    release: () => {
      seen.released += 1;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

export const STATS: JobStats = {
  comfy_execution: { start: 10, end: 30, duration: 20, nodes: { '9': { start: 12 } } },
  preprocess_time: 1,
  queue_time: 2,
  comfy_round_trip_time: 3,
  postprocess_time: 4,
  total_time: 5,
};

/** The graph that ran, with a seed that JavaScript's own numbers would round. */
const RAN = {
  '3': { class_type: 'KSampler', inputs: { seed: 18446744073709551615n } },
  '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'job-1_ComfyUI' } },
};
export const SUBMITTED = {
  '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'ComfyUI' } },
};

export interface WatchedSuccess extends JobSuccess {
  readonly told: ('delivered' | 'abandoned')[];
}

/** A success that keeps what its sink told it; its stats are others each time they are asked for. */
export function aSuccess(outputs: readonly PreparedOutput[], jobId = 'job-1'): WatchedSuccess {
  const told: WatchedSuccess['told'] = [];
  let asked = 0;
  const tell = (word: 'delivered' | 'abandoned'): Promise<void> => {
    told.push(word);
    return Promise.resolve();
  };
  return {
    outcome: 'succeeded',
    jobId,
    prompt: RAN,
    outputs,
    stats: () => ({ ...STATS, total_time: STATS.total_time + asked++ }),
    delivered: () => tell('delivered'),
    abandoned: () => tell('abandoned'),
    told,
  };
}

export function aJob(webhooks: JobRequest['webhooks'], id = 'job-1'): Job {
  return {
    id,
    ownerId: 'default',
    version: 1,
    request: {
      prompt: SUBMITTED,
      extraData: {},
      sizeBytes: 100,
      ...(webhooks && { webhooks }),
    },
    attempts: [],
    createdAt: 1,
    status: 'running',
  };
}
