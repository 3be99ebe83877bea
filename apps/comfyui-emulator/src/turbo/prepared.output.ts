import { accessSync, constants, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

import type { SavedFile } from '../nodes/file-save';
import { numbered, savePlace } from '../nodes/save-path';

/** Bytes that were there before the prompt was, given out under the names that it asks for. */
export class PreparedOutput {
  private readonly extension: string;
  private saved = 0;

  /** @throws the system's error for a file that cannot be read. */
  constructor(private readonly path: string | undefined) {
    this.extension = path === undefined ? 'png' : extname(path).slice(1);
    if (path !== undefined) accessSync(path, constants.R_OK);
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
    const path = join(folder, filename);
    if (!this.tryLink(path)) await this.write(path, folder);
    return { filename, subfolder, type };
  }

  /**
   * A link is another name for bytes that are there. A new file would be the bottleneck, however
   * small: some file systems take a millisecond to find room for one.
   */
  private tryLink(path: string): boolean {
    if (this.path === undefined) return false;
    try {
      linkSync(this.path, path);
      return true;
    } catch {
      // No such folder yet, a file of this name, another file system, or too many links.
      return false;
    }
  }

  private async write(path: string, folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    // Of an earlier emulator; to write into it would change what it is a link to.
    rmSync(path, { force: true });
    if (this.path === undefined) writeFileSync(path, ONE_PIXEL);
    else if (!this.tryLink(path)) await copyFile(this.path, path);
  }
}

const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);
