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
  /** When an engine got the job for the first time; `undefined`: none can have written for it. */
  private triedSince: number | undefined;

  constructor(
    private readonly job: Pick<Job, 'id' | 'attempts'>,
    private readonly parts: OwnFilesParts,
  ) {
    this.triedSince = job.attempts[0]?.submittedAt;
  }

  /** @param at when an engine got the job, milliseconds since the epoch. */
  noteTry(at: number): void {
    this.triedSince ??= at;
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
   * such names from before are somebody else's. Never throws.
   */
  async removeUntold(): Promise<void> {
    const { id } = this.job;
    const { files, jobs, log } = this.parts;
    if (this.triedSince === undefined) return;
    try {
      if (await jobs.sharesNames(id)) {
        log.debug({ jobId: id }, 'outputs are not looked for: they may be those of another job');
        return;
      }
      await files.removeBeginningWith(saltedBeginning(id), this.triedSince);
    } catch (error) {
      this.warnOf(error);
    }
  }

  private warnOf(error: unknown): void {
    this.parts.log.warn({ jobId: this.job.id, err: error }, 'output not removed');
  }
}
