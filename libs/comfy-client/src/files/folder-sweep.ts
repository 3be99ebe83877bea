import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { isMissing, type EngineFolder } from './engine-folder';

interface Unwanted {
  readonly beginning: string;
  readonly since: number;
}

/**
 * Removes files of a folder by the beginnings of their names, wherever below it they are. One walk at a
 * time, and one for all who asked while the last was under way: it may have many files to look at.
 */
export class FolderSweep {
  private asked: Unwanted[] = [];
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(private readonly folder: EngineFolder) {}

  /** Those written at `since`, milliseconds since the epoch, or later. Rejects if one of them stays. */
  remove(beginning: string, since: number): Promise<void> {
    this.asked.push({ beginning, since });
    if (!this.next) {
      this.next = this.current.then(() => this.sweep());
      this.current = this.next.catch(() => undefined);
    }
    return this.next;
  }

  private async sweep(): Promise<void> {
    const { asked } = this;
    this.asked = [];
    this.next = undefined;
    const root = await this.folder.find('.');
    if (root === undefined) return;
    const found = await readdir(root, { recursive: true, withFileTypes: true });
    const removals = found.flatMap((entry) => {
      const sinces = asked.flatMap(({ beginning, since }) =>
        entry.name.startsWith(beginning) ? [since] : [],
      );
      if (sinces.length === 0 || !entry.isFile()) return [];
      return [removeIfWritten(Math.min(...sinces), join(entry.parentPath, entry.name))];
    });
    const failed = (await Promise.allSettled(removals)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
}

/** The clock that stamps files lags behind: by a tick of the kernel, or as far as a server is off. */
const FILE_CLOCK_LAG_MS = 1_000;

async function removeIfWritten(since: number, path: string): Promise<void> {
  try {
    const { mtimeMs } = await lstat(path);
    if (mtimeMs >= since - FILE_CLOCK_LAG_MS) await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
