import type { EngineFiles } from '@gateway/comfy-client';
import type { OutputFile, OutputItem } from '@gateway/comfy-protocol';
import type { Log } from '@gateway/kernel';

import { carriesSalt } from './filename-salt';
import { fileKey } from './output-selection';

/** Whether a file was written for this job and for no other. */
export function isOurs({ type, filename }: OutputFile, jobId: string): boolean {
  return type === 'output' && carriesSalt(filename, jobId);
}

/**
 * The files that exist because of one job alone: inputs that were written for it, and outputs that
 * carry its id. Results of other jobs' caches are not among them.
 */
export class OwnFiles {
  private readonly outputs = new Map<string, OutputFile>();
  private readonly inputFolders = new Set<string>();

  constructor(
    private readonly jobId: string,
    private readonly files: EngineFiles,
    private readonly log: Log,
  ) {}

  noteInputs(folders: readonly string[]): void {
    for (const folder of folders) this.inputFolders.add(folder);
  }

  /** Whatever a node reports is noted at once, so that a job that never ends well leaves nothing. */
  noteOutputs(items: readonly OutputItem[]): void {
    for (const item of items) {
      if (item.kind === 'file' && isOurs(item, this.jobId)) this.outputs.set(fileKey(item), item);
    }
  }

  async removeInputs(): Promise<void> {
    await Promise.all([...this.inputFolders].map((folder) => this.files.removeInputs(folder)));
  }

  /** Never throws: a file that cannot be removed is a matter for the operator, not for the caller. */
  async removeOutputs(): Promise<void> {
    const removals = [...this.outputs.values()].map((file) => this.files.remove(file));
    for (const removal of await Promise.allSettled(removals)) {
      if (removal.status === 'rejected') {
        this.log.warn({ jobId: this.jobId, err: removal.reason as unknown }, 'output not removed');
      }
    }
  }
}
