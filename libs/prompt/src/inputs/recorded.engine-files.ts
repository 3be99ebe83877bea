import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import type { EngineFiles, InputName, OpenedFile } from '@gateway/comfy-client';
import type { OutputFile } from '@gateway/comfy-protocol';

/**
 * The engine's files, with a record of every folder of inputs before the first byte is in it: a
 * gateway that is killed cannot tidy up, but the next one can.
 */
export class RecordedEngineFiles implements EngineFiles {
  private readonly recorded = new Set<string>();

  constructor(
    private readonly files: EngineFiles,
    private readonly recordDir: string,
  ) {}

  get areLocal(): boolean {
    return this.files.areLocal;
  }

  open(file: OutputFile): Promise<OpenedFile> {
    return this.files.open(file);
  }

  remove(file: OutputFile): Promise<void> {
    return this.files.remove(file);
  }

  removeBeginningWith(beginning: string, since: number): Promise<void> {
    return this.files.removeBeginningWith(beginning, since);
  }

  async putInput(name: InputName, bytes: Buffer | Readable): Promise<string> {
    const { subfolder } = name;
    if (!this.recorded.has(subfolder)) {
      await mkdir(this.recordDir, { recursive: true, mode: 0o700 });
      await writeFile(join(this.recordDir, subfolder), '');
      this.recorded.add(subfolder);
    }
    return this.files.putInput(name, bytes);
  }

  hasInput(name: string): Promise<boolean> {
    return this.files.hasInput(name);
  }

  inputFolderPath(subfolder: string): string {
    return this.files.inputFolderPath(subfolder);
  }

  async removeInputs(subfolder: string): Promise<void> {
    await this.files.removeInputs(subfolder);
    this.recorded.delete(subfolder);
    await rm(join(this.recordDir, subfolder), { force: true }).catch(() => undefined);
  }
}

/** The folders that an earlier life of the gateway left. Their names are ours, not those of clients. */
export async function recordedInputs(recordDir: string): Promise<readonly string[]> {
  return readdir(recordDir).catch(() => []);
}
