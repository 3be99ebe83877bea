import type { OutputFile, OutputItem } from '@gateway/comfy-protocol';
import type { Job, OutputShelf } from '@gateway/jobs';
import type { Log } from '@gateway/kernel';

import { closeOutputs, prepareOutputsOf, type PreparationParts } from './output-preparation';
import { fileKey } from './output-selection';

export interface EarlyOutputsDependencies extends PreparationParts {
  readonly shelf: Pick<OutputShelf, 'keep' | 'remove'>;
  readonly log: Log;
}

/**
 * Puts the files of a running job on the shelf as its nodes report them, so that they can be had
 * before the job ends. It takes those that are certain to be among the outputs in the end: what a
 * node saved. What cannot be kept now is left to the end of the job, which tells why.
 */
export class EarlyOutputs {
  private readonly kept = new Set<string>();
  private last: Promise<void> = Promise.resolve();
  private isGivenUp = false;

  constructor(
    private readonly job: Job,
    private readonly dependencies: EarlyOutputsDependencies,
  ) {}

  /** @param nodes the graph's, in its order. */
  note(items: readonly OutputItem[], nodes: readonly string[]): void {
    const saved = items.flatMap((item) => (isSaved(item) ? [item] : []));
    if (saved.length === 0) return;
    this.last = this.last.then(() => this.keep(saved, nodes));
  }

  /** Of all outputs of the job those that the shelf has not got. Ask when it is settled. */
  missing(items: readonly OutputItem[]): readonly OutputItem[] {
    return items.filter((item) => item.kind === 'text' || !this.kept.has(keyOf(item)));
  }

  /** Resolves when everything noted was seen to. */
  settled(): Promise<void> {
    return this.last;
  }

  /** What was made is made once more: the shelf is empty again. */
  async forget(): Promise<void> {
    await this.settled();
    this.kept.clear();
    this.isGivenUp = false;
    await this.dependencies.shelf.remove(this.job.id);
  }

  private async keep(files: readonly OutputFile[], nodes: readonly string[]): Promise<void> {
    if (this.isGivenUp) return;
    const { shelf, log } = this.dependencies;
    try {
      const outputs = await prepareOutputsOf(this.job, files, this.dependencies);
      await shelf.keep(this.job.id, outputs, nodes).finally(() => closeOutputs(outputs));
      for (const file of files) this.kept.add(keyOf(file));
    } catch (error) {
      this.isGivenUp = true;
      log.debug({ jobId: this.job.id, err: error }, 'outputs are left to the end of the job');
    }
  }
}

function isSaved(item: OutputItem): item is OutputFile {
  return item.kind === 'file' && item.type === 'output';
}

/** Identical nodes report the same file, each as its own output. */
function keyOf(file: OutputFile): string {
  return `${file.nodeId}/${fileKey(file)}`;
}
