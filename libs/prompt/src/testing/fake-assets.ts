import { Readable } from 'node:stream';

import type { FoundAsset, InputAssets, OpenedInput } from '../inputs/input-assets.port';

/** Assets in memory, and who holds them. */
export class FakeAssets implements InputAssets {
  readonly files = new Map<string, { readonly filename: string; readonly bytes: Buffer }>();
  readonly models = new Map<string, string>();
  readonly held = new Map<string, readonly string[]>();

  find(id: string): FoundAsset | undefined {
    const name = this.models.get(id);
    if (name !== undefined) return { kind: 'model', name };
    return this.files.has(id) ? { kind: 'file' } : undefined;
  }

  hold(jobId: string, ids: readonly string[]): void {
    this.held.set(jobId, ids);
  }

  release(jobId: string): void {
    this.held.delete(jobId);
  }

  open(id: string): Promise<OpenedInput> {
    const file = this.files.get(id);
    if (!file) return Promise.reject(new Error(`no asset ${id}`));
    const { filename, bytes } = file;
    return Promise.resolve({
      filename,
      contentType: 'application/octet-stream',
      bytes: Readable.from([bytes]),
    });
  }
}
