import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import type { OutputShelf, PreparedOutput } from '@gateway/jobs';

interface Kept {
  readonly place: number;
  readonly output: PreparedOutput;
  readonly bytes: Buffer;
}

/** Outputs in memory, by their job, node and name. */
export class MemoryShelf implements OutputShelf {
  private readonly jobs = new Map<string, Map<string, Kept>>();
  failOnKeep: Error | undefined;
  /** How often it failed. */
  refused = 0;

  async keep(
    jobId: string,
    outputs: readonly PreparedOutput[],
    nodes: readonly string[],
  ): Promise<void> {
    if (this.failOnKeep) {
      this.refused += 1;
      throw this.failOnKeep;
    }
    const kept = this.jobs.get(jobId) ?? new Map<string, Kept>();
    this.jobs.set(jobId, kept);
    for (const output of outputs) {
      const name = output.kind === 'file' ? output.filename : 'text';
      const key = `${output.nodeId}/${name}`;
      const bytes = kept.get(key)?.bytes ?? (await bytesOf(output));
      kept.set(key, { place: nodes.indexOf(output.nodeId), output, bytes });
    }
  }

  outputsOf(jobId: string): Promise<readonly PreparedOutput[]> {
    const kept = [...(this.jobs.get(jobId)?.values() ?? [])];
    const inOrder = kept.sort((a, b) => a.place - b.place);
    return Promise.resolve(inOrder.map(({ output, bytes }) => again(output, bytes)));
  }

  remove(jobId: string): Promise<void> {
    this.jobs.delete(jobId);
    return Promise.resolve();
  }

  /** What is kept of a job, as text by name. */
  contentOf(jobId: string): Readonly<Record<string, string>> {
    const kept = this.jobs.get(jobId) ?? new Map<string, Kept>();
    return Object.fromEntries([...kept].map(([name, { bytes }]) => [name, bytes.toString()]));
  }
}

function bytesOf(output: PreparedOutput): Promise<Buffer> {
  return output.kind === 'file'
    ? buffer(output.stream())
    : Promise.resolve(Buffer.from(output.text));
}

function again(output: PreparedOutput, bytes: Buffer): PreparedOutput {
  if (output.kind === 'text') return output;
  const nothing = (): Promise<void> => Promise.resolve();
  return { ...output, stream: () => Readable.from([bytes]), release: nothing, close: nothing };
}
