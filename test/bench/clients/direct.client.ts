import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { FormData, Pool } from 'undici';
import { WebSocket } from 'ws';

import type { Graph } from '../graphs';
import { PATIENCE_MS, type Client } from './client';

interface Output {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: string;
}

interface Message {
  readonly type: string;
  readonly data: {
    readonly prompt_id?: string;
    readonly output?: Readonly<Record<string, readonly Output[]>> | null;
  };
}

interface Waiter {
  readonly outputs: Output[];
  readonly done: (outputs: readonly Output[]) => void;
  readonly fail: (error: Error) => void;
  readonly alarm: NodeJS.Timeout;
}

/**
 * ComfyUI's own protocol, as a careful user would speak it: kept connections, one websocket, each
 * prompt under an id of ours, outputs from `executed`, their bytes from `/view`.
 */
export class DirectClient implements Client {
  private readonly clientId = randomUUID();
  private readonly waiters = new Map<string, Waiter>();
  private readonly pool: Pool;
  private readonly socket: WebSocket;

  private constructor(url: string, connections: number) {
    this.pool = new Pool(url, { connections, headersTimeout: PATIENCE_MS });
    const address = `${url.replace(/^http/, 'ws')}/ws?clientId=${this.clientId}`;
    this.socket = new WebSocket(address, { perMessageDeflate: false });
    this.socket.on('message', (raw: Buffer, isBinary) => {
      if (!isBinary) this.hear(JSON.parse(raw.toString('utf8')) as Message);
    });
  }

  static async connect(url: string, connections: number): Promise<DirectClient> {
    const client = new DirectClient(url, connections);
    await once(client.socket, 'open');
    return client;
  }

  async run(graph: Graph): Promise<number> {
    const outputs = await this.outputsOf(graph);
    const sizes = await Promise.all(outputs.map((output) => this.download(output)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Puts a picture where `LoadImage` finds it, and tells under which name. */
  async upload(name: string, picture: Buffer): Promise<string> {
    const body = new FormData();
    body.append('image', new Blob([picture]), name);
    body.append('overwrite', 'true');
    const options = { method: 'POST', path: '/upload/image', body } as const;
    const answer = await this.pool.request(options);
    return ((await answer.body.json()) as { readonly name: string }).name;
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await this.pool.destroy();
  }

  private async outputsOf(graph: Graph): Promise<readonly Output[]> {
    const promptId = randomUUID();
    const ended = new Promise<readonly Output[]>((done, fail) => {
      const alarm = setTimeout(() => fail(new Error('No end in time')), PATIENCE_MS);
      this.waiters.set(promptId, { outputs: [], done, fail, alarm });
    });
    ended.catch(() => undefined);
    try {
      await this.submit(graph, promptId);
      return await ended;
    } finally {
      clearTimeout(this.waiters.get(promptId)?.alarm);
      this.waiters.delete(promptId);
    }
  }

  private async submit(graph: Graph, promptId: string): Promise<void> {
    const body = JSON.stringify({ prompt: graph, client_id: this.clientId, prompt_id: promptId });
    const headers = { 'content-type': 'application/json' };
    const answer = await this.pool.request({ method: 'POST', path: '/prompt', headers, body });
    if (answer.statusCode !== 200) throw new Error(await answer.body.text());
    await answer.body.dump();
  }

  private async download({ filename, subfolder, type }: Output): Promise<number> {
    const query = new URLSearchParams({ filename, subfolder, type });
    const answer = await this.pool.request({ method: 'GET', path: `/view?${query.toString()}` });
    if (answer.statusCode !== 200) throw new Error(`${filename}: ${answer.statusCode}`);
    let size = 0;
    for await (const chunk of answer.body) size += (chunk as Buffer).length;
    return size;
  }

  private hear({ type, data }: Message): void {
    const waiter = this.waiters.get(data.prompt_id ?? '');
    if (!waiter) return;
    if (type === 'executed') waiter.outputs.push(...Object.values(data.output ?? {}).flat());
    else if (type === 'execution_success') waiter.done(waiter.outputs);
    else if (type === 'execution_error' || type === 'execution_interrupted') {
      waiter.fail(new Error(type));
    }
  }
}
