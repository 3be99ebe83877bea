import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

import { InvalidFilePathError, ModelFolderError } from '../assets.errors';
import { storageReason } from '../storage-problem';

export interface ModelFolderOptions {
  readonly dir: string;
  /** Sub-folders that models may be put in: `checkpoints`, `loras`, … */
  readonly folders: readonly string[];
  /** Who puts them there: a gateway removes the leftovers of its own kind only. */
  readonly author: string;
}

/** The engine's model folder, for models that come in. Nothing in it is ever overwritten. */
export class ModelFolder {
  private readonly partPrefix: string;

  constructor(private readonly options: ModelFolderOptions) {
    const author = createHash('sha256').update(options.author).digest('hex').slice(0, 12);
    this.partPrefix = `.asset-${author}-`;
  }

  /** The path of `<folder>/<name>`, whether there is such a file or not. */
  pathOf(modelPath: string): string {
    return join(this.options.dir, modelPath);
  }

  /**
   * Puts a file into a folder, whole or not at all. `move`: the file at `path` is about to be removed,
   * so it may be the same one.
   *
   * @returns whether the place was free.
   * @throws InvalidFilePathError `asset.invalid_path`: no folder for models, or one that leads out of
   *   the model folder.
   * @throws ModelFolderError `asset.model_folder_unusable`
   */
  async place(
    path: string,
    { folder, name }: { readonly folder: string; readonly name: string },
    take: 'move' | 'copy',
  ): Promise<boolean> {
    try {
      return await this.put(path, join(await this.openFolder(folder, name), name), take);
    } catch (error) {
      throw folderProblem(error);
    }
  }

  /** Removes what was on its way in when the process died. */
  async clearParts(): Promise<number> {
    let removed = 0;
    for (const folder of this.options.folders) {
      const dir = join(this.options.dir, folder);
      const names = await readdir(dir).catch(() => []);
      for (const name of names.filter((one) => one.startsWith(this.partPrefix))) {
        await rm(join(dir, name), { force: true });
        removed += 1;
      }
    }
    return removed;
  }

  private async put(path: string, target: string, take: 'move' | 'copy'): Promise<boolean> {
    const part = join(dirname(target), `${this.partPrefix}${randomUUID()}.part`);
    try {
      const isLinked = take === 'move' && (await linked(path, part));
      if (!isLinked) await copyFile(path, part, COPY_MODE);
      await chmod(part, 0o644);
      return await moveIfFree(part, target);
    } finally {
      await rm(part, { force: true });
    }
  }

  private async openFolder(folder: string, name: string): Promise<string> {
    const refuse = (problem: string): InvalidFilePathError =>
      new InvalidFilePathError(`models/${folder}/${name}`, problem);
    const { dir, folders } = this.options;
    if (!folders.includes(folder)) throw refuse('names no folder of models');
    const root = await realpath(dir);
    await mkdir(join(root, folder), { recursive: true });
    const real = await realpath(join(root, folder));
    const way = relative(root, real);
    if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
      throw refuse('leads out of the model folder');
    }
    return real;
  }
}

function folderProblem(error: unknown): unknown {
  const reason = NO_FOLDER[codeOf(error) ?? ''] ?? storageReason(error);
  return reason === undefined ? error : new ModelFolderError(reason, { cause: error });
}

const NO_FOLDER: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is no folder',
  EACCES: 'it may not be used',
};

const COPY_MODE = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;

async function linked(path: string, target: string): Promise<boolean> {
  return link(path, target).then(
    () => true,
    () => false,
  );
}

/** A hard link never replaces what is there. Without such, an empty file keeps the place meanwhile. */
async function moveIfFree(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!NO_LINKS.includes(codeOf(error) ?? '')) throw error;
  }
  try {
    await (await open(target, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(part, target);
  return true;
}

const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Bytes of a file; `undefined` when it is not there. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}
