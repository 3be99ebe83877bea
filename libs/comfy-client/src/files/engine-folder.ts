import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { PathOutsideFolderError } from '../comfy-client.errors';
import { errorCodeOf } from '../error-code';

/** One folder of the engine; nothing outside it can be named, neither by `..` nor by a symlink. */
export class EngineFolder {
  private readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** The path of an entry that may not exist. @throws PathOutsideFolderError */
  pathOf(...parts: readonly string[]): string {
    const named = join(...parts);
    const path = resolve(this.root, named);
    if (named.includes('\0') || isAbsolute(named) || !isWithin(this.root, path)) {
      throw new PathOutsideFolderError(named);
    }
    return path;
  }

  /**
   * The path of an entry right below the folder: no symlink is on the way to it, only it may be one
   * itself. `undefined` for one that lies deeper.
   *
   * @throws PathOutsideFolderError
   */
  childPath(...parts: readonly string[]): string | undefined {
    const path = this.pathOf(...parts);
    return dirname(path) === this.root ? path : undefined;
  }

  /**
   * The path of an existing entry with its symlinks resolved; `undefined` when it does not exist.
   *
   * @throws PathOutsideFolderError
   */
  async find(...parts: readonly string[]): Promise<string | undefined> {
    const path = this.pathOf(...parts);
    const [root, real] = await Promise.all([realOf(this.root), realOf(path)]);
    if (root === undefined || real === undefined) return undefined;
    if (!isWithin(root, real)) throw new PathOutsideFolderError(join(...parts));
    return real;
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function realOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a file operation failed because there is nothing of that name. */
export function isMissing(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
