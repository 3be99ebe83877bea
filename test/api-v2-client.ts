import {
  aPrompt,
  eventually,
  launch,
  type Answer,
  type LaunchedGateway,
  type LaunchOptions,
} from '@gateway/testing';
import sharp from 'sharp';

import { violations } from './comfy-api-v2';

export interface Job {
  readonly id: string;
  readonly status: string;
  readonly outputs: readonly {
    readonly id: string;
    readonly url: string;
    readonly node_id: string;
    readonly type: string;
  }[];
  readonly error: { readonly code: string; readonly node_id: string | null } | null;
  readonly urls: { readonly self: string; readonly events: string; readonly cancel: string };
  readonly queue_position: number | null;
  readonly progress: { readonly value: number } | null;
  readonly metrics: { readonly queue_ms: number | null; readonly execution_ms: number | null };
}

export interface Refusal {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/** An answer of `/api/v2`, held to the contract: its status and its shape. */
export function held(operationId: string, status: number, answer: Answer): unknown {
  expect([answer.status, violations(operationId, answer.status, answer.json)]).toEqual([
    status,
    [],
  ]);
  return answer.json;
}

export const quick = () => aPrompt().build();
/** Takes `steps` × the emulator's `--step-ms`. */
export const slow = (steps = 400) => aPrompt().sampled({ steps }).build();

/** What takes the place of a file's name in a workflow. */
export const asset = (id: string) => ({ __type: 'core/ASSET', info: { id } });

/** A client of a gateway's `/api/v2` that holds every answer to the contract. */
export class ApiV2Client {
  private pictures = 0;

  constructor(readonly gateway: LaunchedGateway) {}

  async submit(workflow: unknown, fields: Readonly<Record<string, unknown>> = {}): Promise<Job> {
    const answer = await this.gateway.post('/api/v2/jobs', { workflow, ...fields });
    return held('postJobs', 201, answer) as Job;
  }

  /** A submission that is refused. */
  async refused(status: number, body: unknown): Promise<Refusal['error']> {
    const answer = await this.gateway.post('/api/v2/jobs', body);
    return (held('postJobs', status, answer) as Refusal).error;
  }

  async read(id: string): Promise<Job> {
    return held('getJob', 200, await this.gateway.get(`/api/v2/jobs/${id}`)) as Job;
  }

  async until(id: string, status: string): Promise<Job> {
    return eventually(async () => {
      const job = await this.read(id);
      return job.status === status ? job : undefined;
    }, `job ${id} is ${status}`);
  }

  async cancel(id: string): Promise<Job> {
    const answer = await this.gateway.post(`/api/v2/jobs/${id}/cancel`, {});
    return held('cancelJob', 200, answer) as Job;
  }

  /** Brings a picture of 12×9 that is like no other. @returns the id of its asset. */
  async uploadPicture(fields: Readonly<Record<string, string>> = {}): Promise<string> {
    this.pictures += 1;
    const background = { r: this.pictures, g: 160, b: 0 };
    const create = { width: 12, height: 9, channels: 3, background } as const;
    const png = await sharp({ create }).png().toBuffer();
    const form = new FormData();
    const all = { content_type: 'image/png', file_path: 'photo.png', ...fields };
    for (const [name, value] of Object.entries(all)) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(png)]), 'photo.png');
    const init = { method: 'POST', body: form };
    const response = await fetch(`${this.gateway.url}/api/v2/assets`, init);
    return ((await response.json()) as { readonly id: string }).id;
  }

  /** The status of the answer. */
  async removeAsset(id: string): Promise<number> {
    const init = { method: 'DELETE' };
    return (await fetch(`${this.gateway.url}/api/v2/assets/${id}`, init)).status;
  }
}

/** For a spec: starts gateways that end with the test that started them. */
export function gatewaysOfOneTest(): (options?: LaunchOptions) => Promise<ApiV2Client> {
  const launched: LaunchedGateway[] = [];
  afterEach(async () => {
    await Promise.all(launched.splice(0).map((one) => one.stop()));
  });
  return async (options) => {
    const gateway = await launch(options);
    launched.push(gateway);
    return new ApiV2Client(gateway);
  };
}
