import { Readable } from 'node:stream';

import type { Clock } from '@gateway/kernel';

import type { Asset, OutputFields, OutputSource } from './asset';
import type { AssetShelf } from './asset.shelf';
import type { BlobHasher } from './blob.hasher';

/** Keeps what jobs made. */
export class OutputKeeper {
  constructor(
    private readonly shelf: AssetShelf,
    private readonly hasher: BlobHasher,
    private readonly clock: Clock,
  ) {}

  async keep(fields: OutputFields, source: OutputSource): Promise<Asset> {
    const kept = this.shelf.records.findOutput(fields.jobId, fields.nodeId, fields.name);
    if (kept && 'stream' in source) source.stream.destroy();
    return kept?.asset ?? this.add(fields, source);
  }

  of(jobId: string): readonly Asset[] {
    return this.shelf.records.outputsOf(jobId).map(({ asset }) => asset);
  }

  ofAll(jobIds: readonly string[]): ReadonlyMap<string, readonly Asset[]> {
    const found = new Map<string, Asset[]>();
    for (const { asset } of this.shelf.records.outputsOfAll(jobIds)) {
      const jobId = asset.output?.jobId ?? '';
      const outputs = found.get(jobId);
      if (outputs) outputs.push(asset);
      else found.set(jobId, [asset]);
    }
    return found;
  }

  async removeOf(jobId: string): Promise<void> {
    await this.shelf.remove(this.of(jobId).map(({ id }) => id));
  }

  private async add(fields: OutputFields, source: OutputSource): Promise<Asset> {
    const { ownerId, contentType, jobId, nodeId, name, type, position } = fields;
    const facts = {
      ownerId,
      contentType,
      filePath: name.replace(/^\//, ''),
      tags: ['output'],
      createdAt: this.clock.now(),
      expiresAt: null,
      output: { jobId, nodeId, name, type, position },
    };
    const { blobs } = this.shelf;
    if (!('path' in source)) {
      const bytes = 'text' in source ? Readable.from([Buffer.from(source.text)]) : source.stream;
      return this.shelf.addReceived(facts, await blobs.receive(bytes));
    }
    const stored = await blobs.storeFile(source.path);
    const asset = await this.shelf.addStored(facts, stored);
    if (stored.hash === null) this.hasher.add(stored.id);
    return asset;
  }
}
