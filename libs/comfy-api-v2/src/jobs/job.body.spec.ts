import type { Asset } from '@gateway/assets';
import type { Job, JobRequest } from '@gateway/jobs';
import { jobUrls } from '@gateway/prompt';

import { jobBody, outputBody, type JobSurroundings } from './job.body';

const HOUR = 3_600_000;
const CREATED = Date.UTC(2026, 0, 1);

const request: JobRequest = {
  prompt: {
    '1': { class_type: 'EmptyImage', inputs: {} },
    '2': { class_type: 'SaveImage', inputs: {} },
  },
  extraData: {},
  sizeBytes: 10,
};

const core = { id: 'job-1', ownerId: 'default', version: 1, request, createdAt: CREATED };
const queued: Job = { ...core, status: 'queued', attempts: [] };

const attempt = (startedAt?: number) => ({
  promptId: 'p',
  engineId: 'e',
  submittedAt: CREATED,
  ...(startedAt !== undefined && { startedAt }),
});

function around(change: Partial<JobSurroundings> = {}): JobSurroundings {
  return {
    outputs: [],
    queuePosition: undefined,
    progress: undefined,
    urls: jobUrls('job-1'),
    now: CREATED + 500,
    retentionMs: HOUR,
    ...change,
  };
}

describe('a job in the words of the contract', () => {
  it('has not begun while it waits', () => {
    expect(jobBody(queued, around({ queuePosition: 3 }))).toEqual({
      id: 'job-1',
      status: 'queued',
      created_at: '2026-01-01T00:00:00.000Z',
      started_at: null,
      completed_at: null,
      expires_at: '2026-01-01T01:00:00.500Z',
      queue_position: 3,
      progress: null,
      outputs: [],
      error: null,
      metrics: { queue_ms: null, execution_ms: null },
      urls: {
        self: '/api/v2/jobs/job-1',
        events: '/api/v2/jobs/job-1/events',
        cancel: '/api/v2/jobs/job-1/cancel',
      },
    });
  });

  it('tells when its latest attempt began, and for how long it had waited', () => {
    const attempts = [attempt(CREATED + 10), attempt(CREATED + 2_000)];
    const body = jobBody({ ...core, status: 'running', attempts }, around());
    expect(body.started_at).toBe('2026-01-01T00:00:02.000Z');
    expect(body.metrics).toEqual({ queue_ms: 2_000, execution_ms: null });
    expect(jobBody({ ...core, status: 'running', attempts: [attempt()] }, around())).toMatchObject({
      started_at: null,
      metrics: { queue_ms: null },
    });
  });

  it('is at its end once it has succeeded, and stays for the retention from then on', () => {
    const job: Job = {
      ...core,
      status: 'succeeded',
      attempts: [attempt(CREATED + 100)],
      endedAt: CREATED + 1_100,
      outputs: [],
      nodeCount: 2,
    };
    expect(jobBody(job, around({ now: CREATED + 30_000 }))).toMatchObject({
      completed_at: '2026-01-01T00:00:01.100Z',
      expires_at: '2026-01-01T01:00:01.100Z',
      progress: { value: 1, nodes_done: 2, nodes_total: 2 },
      metrics: { queue_ms: 100, execution_ms: 1_000 },
    });
  });

  it('never expires where there is no limit', () => {
    expect(jobBody(queued, around({ retentionMs: 0 })).expires_at).toBe('9999-12-31T00:00:00.000Z');
  });

  it('gives its notes back', () => {
    const noted = { ...request, metadata: { order: '1' }, priority: 5 };
    expect(jobBody({ ...queued, request: noted }, around())).toMatchObject({
      metadata: { order: '1' },
      priority: 5,
    });
  });

  it.each([
    [
      { code: 'prompt.execution_failed', details: { node_id: '3', class_type: 'Blur' } },
      { code: 'node_execution_error', node_id: '3', class_type: 'Blur' },
    ],
    [
      { code: 'prompt.refused', details: { location: 'prompt.7.inputs.width' } },
      { code: 'invalid_workflow', node_id: '7', class_type: null },
    ],
    [{ code: 'prompt.engine_lost' }, { code: 'engine_lost', node_id: null }],
    [{ code: 'prompt.credentials_lost' }, { code: 'credentials_lost' }],
    [{ code: 'something.new' }, { code: 'upstream_error' }],
  ])('says why it failed: %j', (failure, error) => {
    const job: Job = {
      ...core,
      status: 'failed',
      attempts: [],
      endedAt: CREATED + 5,
      failure: { message: 'why', ...failure },
    };
    expect(jobBody(job, around()).error).toMatchObject({
      message: 'why',
      traceback: null,
      ...error,
    });
  });
});

describe('an output in the words of the contract', () => {
  it('is an asset, under the name its node gave it', () => {
    const asset: Asset = {
      id: 'a-1',
      ownerId: 'default',
      hash: null,
      sizeBytes: 9,
      contentType: 'image/png',
      filePath: 'sub/x.png',
      tags: ['output'],
      createdAt: CREATED,
      expiresAt: null,
      output: { jobId: 'job-1', nodeId: '2', name: 'sub/x.png', type: 'image', position: 0 },
    };
    expect(outputBody(asset, '/there', CREATED)).toEqual({
      node_id: '2',
      name: 'x.png',
      type: 'image',
      content_type: 'image/png',
      size_bytes: 9,
      id: 'a-1',
      hash: null,
      url: '/there',
      url_expires_at: '2026-01-01T01:00:00.000Z',
      job_id: 'job-1',
    });
  });
});
