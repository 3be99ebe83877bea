import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import type { EventBus } from '@gateway/events';
import type { OutputShelf, PreparedFile, PreparedOutput } from '@gateway/jobs';

import type { Asset, OutputFields, OutputSource } from './asset';
import type { AssetService } from './asset.service';

/** The outputs of jobs as assets: what no answer has taken can be fetched one by one. */
export class AssetOutputShelf implements OutputShelf {
  constructor(
    private readonly assets: Pick<
      AssetService,
      'keepOutput' | 'outputsOf' | 'removeOutputsOf' | 'open'
    >,
    private readonly ownerId: string,
    private readonly bus: EventBus,
  ) {}

  async keep(
    jobId: string,
    outputs: readonly PreparedOutput[],
    nodes: readonly string[],
  ): Promise<void> {
    const places = new Map(nodes.map((nodeId, place) => [nodeId, place]));
    const known = new Set(this.assets.outputsOf(jobId).map(({ id }) => id));
    const textsOf = new Map<string, number>();
    for (const output of outputs) {
      const { nodeId } = output;
      const texts = textsOf.get(nodeId) ?? 0;
      if (output.kind === 'text') textsOf.set(nodeId, texts + 1);
      const { fields, source } = describe(output, texts);
      const position = places.get(nodeId) ?? nodes.length;
      const origin = { ownerId: this.ownerId, jobId, nodeId, position };
      const { id } = await this.assets.keepOutput({ ...origin, ...fields }, source);
      if (!known.has(id)) this.bus.publish('job-output-kept', { jobId, assetId: id });
    }
  }

  async outputsOf(jobId: string): Promise<readonly PreparedOutput[]> {
    return Promise.all(this.assets.outputsOf(jobId).map((asset) => this.prepared(asset)));
  }

  async remove(jobId: string): Promise<void> {
    await this.assets.removeOutputsOf(jobId);
  }

  private async prepared(asset: Asset): Promise<PreparedOutput> {
    const { nodeId = '', name = '', type = 'file' } = asset.output ?? {};
    if (isText(name)) {
      const opened = await this.assets.open(this.ownerId, asset.id);
      return { kind: 'text', nodeId, text: await text(opened.stream()) };
    }
    const nothing = (): Promise<void> => Promise.resolve();
    return {
      kind: 'file',
      nodeId,
      type,
      filename: name,
      contentType: asset.contentType,
      sizeBytes: asset.sizeBytes,
      stream: () => Readable.from(this.read(asset), { objectMode: false }),
      release: nothing,
      close: nothing,
    };
  }

  private async *read({ id }: Asset): AsyncGenerator<Buffer> {
    const opened = await this.assets.open(this.ownerId, id);
    try {
      for await (const chunk of opened.stream()) yield chunk as Buffer;
    } finally {
      await opened.close();
    }
  }
}

/**
 * Texts have no names of their own; a node may have several. No file has such a name: that of a file
 * is its path below the output folder.
 */
function textName(number: number): string {
  return `/text-${number}.txt`;
}

function isText(name: string): boolean {
  return name.startsWith('/');
}

function describe(
  output: PreparedOutput,
  textsBefore: number,
): {
  readonly fields: Pick<OutputFields, 'name' | 'type' | 'contentType'>;
  readonly source: OutputSource;
} {
  if (output.kind === 'text') {
    const name = textName(textsBefore + 1);
    return {
      fields: { name, type: 'text', contentType: 'text/plain; charset=utf-8' },
      source: { text: output.text },
    };
  }
  const { filename: name, type, contentType } = output;
  return { fields: { name, type, contentType }, source: sourceOf(output) };
}

/** A link to a file that somebody else may write to again would change with it. */
function sourceOf(output: PreparedFile): OutputSource {
  const { onDisk } = output;
  return onDisk?.isOurs ? { path: onDisk.path } : { stream: output.stream() };
}
