import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, open, type Stats } from 'node:fs';
import { mkdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import type { OutputFile } from '@gateway/comfy-protocol';
import { writeNewFile } from '@gateway/kernel';

import { PathOutsideFolderError } from '../comfy-client.errors';
import type { ComfyHttp } from '../http/comfy.http';
import { errorCodeOf } from '../error-code';
import { contentTypeOf } from './content-type';
import type { EngineFiles, InputName, OpenedFile } from './engine-files.port';
import { EngineFolder, isMissing } from './engine-folder';
import { readExactly } from './exact-reading';
import { FolderSweep } from './folder-sweep';
import { HttpEngineFiles } from './http.engine-files';
import { openedFile } from './opened-file';

/**
 * For an engine whose folders are on our disk: no byte takes the way through Python.
 *
 * What is not found on disk is asked for over `/view` once, because the engine may have been
 * started with other folders, and where it keeps `temp` only it knows.
 */
export class DiskEngineFiles implements EngineFiles {
  readonly areLocal = true;
  private readonly output: EngineFolder;
  private readonly input: EngineFolder;
  private readonly viewed: HttpEngineFiles;
  private readonly sweep: FolderSweep;

  constructor(options: {
    readonly inputDir: string;
    readonly outputDir: string;
    readonly http: ComfyHttp;
  }) {
    this.output = new EngineFolder(options.outputDir);
    this.input = new EngineFolder(options.inputDir);
    this.sweep = new FolderSweep(this.output);
    this.viewed = new HttpEngineFiles(options.http);
  }

  async open(file: OutputFile): Promise<OpenedFile> {
    const found = (await this.openChild(file)) ?? (await this.openDeep(file));
    if (!found) return this.viewed.open(file);
    const { path, sizeBytes, descriptor } = found;
    return openedFile({
      path,
      sizeBytes,
      contentType: contentTypeOf(file.filename),
      read: () => readExactly(descriptor, sizeBytes),
      release: () => closeSync(descriptor),
    });
  }

  async remove(file: OutputFile): Promise<void> {
    if (file.type !== 'output') return;
    const path =
      this.output.childPath(file.subfolder, file.filename) ?? (await this.deepPath(file));
    if (path !== undefined) await removeFile(path);
  }

  async removeBeginningWith(beginning: string, since: number): Promise<void> {
    await this.sweep.remove(beginning, since);
  }

  async putInput(name: InputName, bytes: Buffer | Readable): Promise<string> {
    if (!isPlainName(name.filename)) throw new PathOutsideFolderError(name.filename);
    await mkdir(this.input.pathOf(name.subfolder), { recursive: true });
    // Once it exists, the folder must still be inside when its symlinks are resolved.
    const folder = await this.input.find(name.subfolder);
    if (folder === undefined) throw new PathOutsideFolderError(name.subfolder);
    const part = join(folder, `.${randomUUID()}.part`);
    try {
      if (Buffer.isBuffer(bytes)) await writeFile(part, bytes, { flag: 'wx' });
      else await writeNewFile(part, (file) => pipeline(bytes, file));
      await rename(part, join(folder, name.filename));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    return posix.join(name.subfolder, name.filename);
  }

  async hasInput(name: string): Promise<boolean> {
    try {
      const path = await this.input.find(name);
      return path !== undefined && (await stat(path)).isFile();
    } catch {
      return false;
    }
  }

  inputFolderPath(subfolder: string): string {
    return this.input.pathOf(subfolder);
  }

  async removeInputs(subfolder: string): Promise<void> {
    try {
      const folder = await this.input.find(subfolder);
      const root = await this.input.find('.');
      if (folder === undefined || folder === root) return;
      await rm(folder, { recursive: true, force: true });
    } catch {
      // Best effort by contract: a leftover input is harmless, a failed job is not.
    }
  }

  /** Nearly every output lies right below the folder: then no symlink needs to be looked for. */
  private async openChild(file: OutputFile): Promise<FoundFile | undefined> {
    const path = this.folderOf(file)?.childPath(file.subfolder, file.filename);
    return path === undefined ? undefined : openFile(path);
  }

  private async openDeep(file: OutputFile): Promise<FoundFile | undefined> {
    const folder = this.folderOf(file);
    folder?.pathOf(file.subfolder, file.filename);
    try {
      const path = await folder?.find(file.subfolder, file.filename);
      return path === undefined ? undefined : await openFile(path);
    } catch (error) {
      // Inside by its name, outside by a symlink: whether that may be read, ComfyUI decides.
      if (error instanceof PathOutsideFolderError) return undefined;
      throw error;
    }
  }

  /** Where an output is that lies in a folder of its own; a symlink of that name is what is meant. */
  private async deepPath({ subfolder, filename }: OutputFile): Promise<string | undefined> {
    const folder = await this.output.find(subfolder, dirname(filename));
    return folder === undefined ? undefined : join(folder, basename(filename));
  }

  private folderOf({ type }: OutputFile): EngineFolder | undefined {
    if (type === 'temp') return undefined;
    return type === 'output' ? this.output : this.input;
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isPlainName(filename: string): boolean {
  return filename !== '' && filename !== '.' && filename !== '..' && !/[/\\\0]/.test(filename);
}

interface FoundFile {
  readonly path: string;
  /** Open, and its owner's to close. */
  readonly descriptor: number;
  readonly sizeBytes: number;
}

const openDescriptor = promisify(open);
const FOR_READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a regular file; `undefined` for anything else, symlinks among it, or when it is gone by now.
 * To open is what a slow disk makes wait; what is then asked of the descriptor is known.
 */
async function openFile(path: string): Promise<FoundFile | undefined> {
  let descriptor: number;
  try {
    descriptor = await openDescriptor(path, FOR_READING);
  } catch (error) {
    if (isMissing(error) || errorCodeOf(error) === 'ELOOP') return undefined;
    throw error;
  }
  let facts: Stats | undefined;
  try {
    facts = fstatSync(descriptor);
    return facts.isFile() ? { path, descriptor, sizeBytes: facts.size } : undefined;
  } finally {
    if (!facts?.isFile()) closeSync(descriptor);
  }
}
