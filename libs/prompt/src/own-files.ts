import type { EngineFiles } from '@gateway/comfy-client';
import type { OutputFile, OutputItem } from '@gateway/comfy-protocol';
import type { Job, JobService } from '@gateway/jobs';
import type { Log } from '@gateway/kernel';

import { carriesSalt, saltedBeginning } from './filename-salt';
import { fileKey } from './output-selection';

/** Whether a file was written for this job and for no other. */
export function isOurs({ type, filename }: OutputFile, jobId: string): boolean {
  return type === 'output' && carriesSalt(filename, jobId);
}

export interface OwnFilesParts {
  readonly files: EngineFiles;
  readonly jobs: Pick<JobService, 'sharesNames'>;
  readonly log: Log;
}

/**
 * The files that exist because of one job alone: inputs that were written for it, and outputs that
 * carry its id. Results of other jobs' caches are not among them.
 */
export class OwnFiles {
  private readonly outputs = new Map<string, OutputFile>();
  private readonly inputFolders = new Set<string>();
  private wasTried: boolean;

  constructor(
    private readonly job: Pick<Job, 'id' | 'createdAt' | 'version'>,
    private readonly parts: OwnFilesParts,
  ) {
    // Nothing but a try changes a job that has not ended.
    this.wasTried = job.version > 1;
  }

  /** Before the engine gets the job, for the first time or again: what a try left behind goes. */
  async beforeTry(): Promise<void> {
    await this.removeUntold();
    this.wasTried = true;
  }

  noteInputs(folders: readonly string[]): void {
    for (const folder of folders) this.inputFolders.add(folder);
  }

  /** Whatever a node reports is noted at once, so that a job that never ends well leaves nothing. */
  noteOutputs(items: readonly OutputItem[]): void {
    for (const item of items) {
      if (item.kind === 'file' && isOurs(item, this.job.id)) this.outputs.set(fileKey(item), item);
    }
  }

  async removeInputs(): Promise<void> {
    await Promise.all(
      [...this.inputFolders].map((folder) => this.parts.files.removeInputs(folder)),
    );
  }

  /** Never throws: a file that cannot be removed is a matter for the operator, not for the caller. */
  async removeOutputs(): Promise<void> {
    const removals = [...this.outputs.values()].map((file) => this.parts.files.remove(file));
    for (const removal of await Promise.allSettled(removals)) {
      if (removal.status === 'rejected') this.warnOf(removal.reason);
    }
  }

  /**
   * Removes what an engine wrote and told nobody of: it died, or the node failed half-way. Files of
   * that name from before the job are somebody else's. Never throws.
   */
  async removeUntold(): Promise<void> {
    const { id, createdAt } = this.job;
    if (!this.wasTried) return;
    try {
      if (await this.parts.jobs.sharesNames(id)) return;
      await this.parts.files.removeBeginningWith(saltedBeginning(id), createdAt);
    } catch (error) {
      this.warnOf(error);
    }
  }

  private warnOf(error: unknown): void {
    this.parts.log.warn({ jobId: this.job.id, err: error }, 'output not removed');
  }
}
