import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

import type { SavedFile } from '../nodes/file-save';
import { numbered, savePlace } from '../nodes/save-path';

/** Larger files become links: writing them would be the bottleneck. */
const LARGEST_WRITTEN_BYTES = 256 * 1024;

/** Bytes that were there before the prompt was, saved under the names that it asks for. */
export class PreparedOutput {
  private readonly extension: string;
  /** Undefined for a large file. */
  private readonly bytes: Buffer | undefined;
  private saved = 0;

  /** @throws the system's error for a file that cannot be read. */
  constructor(private readonly path: string | undefined) {
    this.extension = path === undefined ? 'png' : extname(path).slice(1);
    if (path === undefined) this.bytes = ONE_PIXEL;
    else if (statSync(path).size <= LARGEST_WRITTEN_BYTES) this.bytes = readFileSync(path);
  }

  /**
   * Numbers are never used twice; unlike ComfyUI's they do not start over with each prefix, which
   * would take a listing of the folder for each file.
   *
   * @throws NodeError when the prefix leaves the folder.
   */
  async save(prefix: string, type: 'output' | 'temp', root: string): Promise<SavedFile> {
    const { folder, name, subfolder } = savePlace(prefix, root);
    this.saved += 1;
    const filename = numbered(name, this.saved, this.extension);
    mkdirSync(folder, { recursive: true });
    await this.write(join(folder, filename));
    return { filename, subfolder, type };
  }

  /** Small files are written at once: a turn through the thread pool costs more than the write. */
  private async write(path: string): Promise<void> {
    if (this.bytes !== undefined) writeFileSync(path, this.bytes);
    else if (this.path !== undefined) await linkOrCopy(this.path, path);
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to);
  } catch {
    // Another file system, or too many links.
    await copyFile(from, to);
  }
}

const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);
