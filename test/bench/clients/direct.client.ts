import { randomUUID } from 'node:crypto';

import { FormData } from 'undici';

import type { Graph } from '../graphs';
import type { Client } from './client';
import { ComfySession, type Output } from './comfy.session';

/** Somebody without a gateway: ComfyUI's own protocol, and the bytes of outputs from `/view`. */
export class DirectClient implements Client {
  private constructor(private readonly session: ComfySession) {}

  static async connect(url: string, connections: number): Promise<DirectClient> {
    return new DirectClient(await ComfySession.connect(url, connections));
  }

  async run(graph: Graph): Promise<number> {
    const outputs = await this.session.run(graph, randomUUID());
    const sizes = await Promise.all(outputs.map((output) => this.download(output)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Puts a picture where `LoadImage` finds it, and tells under which name. */
  async upload(name: string, picture: Buffer): Promise<string> {
    const body = new FormData();
    body.append('image', new Blob([picture]), name);
    body.append('overwrite', 'true');
    const options = { method: 'POST', path: '/upload/image', body } as const;
    const answer = await this.session.pool.request(options);
    return ((await answer.body.json()) as { readonly name: string }).name;
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async download({ filename, subfolder, type }: Output): Promise<number> {
    const query = new URLSearchParams({ filename, subfolder, type });
    const path = `/view?${query.toString()}`;
    const answer = await this.session.pool.request({ method: 'GET', path });
    if (answer.statusCode !== 200) throw new Error(`${filename}: ${answer.statusCode}`);
    let size = 0;
    for await (const chunk of answer.body) size += (chunk as Buffer).length;
    return size;
  }
}
