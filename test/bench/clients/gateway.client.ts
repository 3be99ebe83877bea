import type { Readable } from 'node:stream';

import { Pool } from 'undici';

import type { Graph } from '../graphs';
import { PATIENCE_MS, type Client } from './client';

/** What a prompt or a workflow is answered with. */
interface PromptAnswer {
  /** Base64. */
  readonly images: readonly string[];
  /** As it was run. */
  readonly prompt: Graph;
}

type Fields = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

/** The gateway's API over kept connections. */
export class GatewayClient implements Client {
  private readonly pool: Pool;

  constructor(url: string, connections: number) {
    // What waits for a picture waits without a word.
    const limits = { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS };
    this.pool = new Pool(url, { connections, ...limits });
  }

  async run(graph: Graph): Promise<number> {
    return this.outputBytes('/prompt', { prompt: graph });
  }

  async answer(path: string, fields: Fields): Promise<PromptAnswer> {
    return (await (await this.post(path, fields)).json()) as PromptAnswer;
  }

  /** Bytes of the outputs in an {@link answer}. */
  async outputBytes(path: string, fields: Fields): Promise<number> {
    const { images } = await this.answer(path, fields);
    return images.reduce((sum, image) => sum + Buffer.from(image, 'base64').length, 0);
  }

  /** Has a prompt accepted: acknowledged, to be run when its turn comes. */
  async submit(fields: Fields): Promise<string> {
    const body = await this.post('/prompt', fields, { prefer: 'respond-async' });
    return ((await body.json()) as { readonly id: string }).id;
  }

  /** Sends a prompt and reads what it is answered with to its end, without a look at it. */
  async answerBytes(fields: Fields, accept = 'application/json'): Promise<number> {
    return lengthOf(await this.post('/prompt', fields, { accept }));
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.pool.request({ method: 'GET', path });
    if (answer.statusCode !== 200) throw new Error(await answer.body.text());
    return (await answer.body.json()) as T;
  }

  async download(path: string): Promise<number> {
    const answer = await this.pool.request({ method: 'GET', path });
    if (answer.statusCode !== 200) throw new Error(await answer.body.text());
    return lengthOf(answer.body);
  }

  /** Sends a form of which one part is a stream of bytes. */
  async upload(path: string, form: Readable, boundary: string): Promise<void> {
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    const answer = await this.pool.request({ method: 'POST', path, headers, body: form });
    if (answer.statusCode >= 300) throw new Error(await answer.body.text());
    await answer.body.dump();
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async post(path: string, fields: Fields, more: Headers = {}) {
    const body = JSON.stringify(fields);
    const headers = { 'content-type': 'application/json', ...more };
    const answer = await this.pool.request({ method: 'POST', path, headers, body });
    if (answer.statusCode >= 300) throw new Error(await answer.body.text());
    return answer.body;
  }
}

async function lengthOf(body: Readable): Promise<number> {
  let size = 0;
  for await (const chunk of body) size += (chunk as Buffer).length;
  return size;
}
