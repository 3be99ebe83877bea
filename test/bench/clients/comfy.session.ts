import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { Pool } from 'undici';
import { WebSocket } from 'ws';

import type { Graph } from '../graphs';
import { PATIENCE_MS } from './client';

/** A file that a prompt left behind, by the engine's names. */
export interface Output {
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
 * prompt under an id of ours, outputs from `executed`.
 */
export class ComfySession {
  /** For other requests to the same engine. */
  readonly pool: Pool;
  private readonly clientId = randomUUID();
  private readonly waiters = new Map<string, Waiter>();
  private readonly socket: WebSocket;

  private constructor(url: string, connections: number) {
    this.pool = new Pool(url, { connections, headersTimeout: PATIENCE_MS });
    const address = `${url.replace(/^http/, 'ws')}/ws?clientId=${this.clientId}`;
    this.socket = new WebSocket(address, { perMessageDeflate: false });
    this.socket.on('message', (raw: Buffer, isBinary) => {
      if (!isBinary) this.hear(JSON.parse(raw.toString('utf8')) as Message);
    });
  }

  static async connect(url: string, connections: number): Promise<ComfySession> {
    const session = new ComfySession(url, connections);
    await once(session.socket, 'open');
    return session;
  }

  /** Calls back when nothing more can be heard. */
  onClose(listener: () => void): void {
    this.socket.once('close', listener);
  }

  /**
   * Has a prompt run under this id.
   *
   * @throws Error when it is refused, fails, or does not end in time.
   */
  async run(graph: Graph, promptId: string): Promise<readonly Output[]> {
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

  async close(): Promise<void> {
    this.socket.terminate();
    await this.pool.destroy();
  }

  private async submit(graph: Graph, promptId: string): Promise<void> {
    const body = JSON.stringify({ prompt: graph, client_id: this.clientId, prompt_id: promptId });
    const headers = { 'content-type': 'application/json' };
    const answer = await this.pool.request({ method: 'POST', path: '/prompt', headers, body });
    if (answer.statusCode !== 200) throw new Error(await answer.body.text());
    await answer.body.dump();
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
