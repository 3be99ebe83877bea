import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import {
  OutputMissingError,
  type EngineFiles,
  type InputName,
  type OpenedFile,
} from '@gateway/comfy-client';
import type { OutputFile } from '@gateway/comfy-protocol';

/** Inputs and outputs in memory. Counts what is open. */
export class MemoryEngineFiles implements EngineFiles {
  areLocal = true;
  readonly outputs = new Map<string, Buffer>();
  readonly inputs = new Map<string, Buffer>();
  private readonly old = new Set<string>();
  openCount = 0;
  failOnPut: Error | undefined;

  /** An output, now or long ago. */
  write(path: string, content: string | Buffer, { old = false } = {}): void {
    this.outputs.set(path, Buffer.from(content));
    if (old) this.old.add(path);
  }

  open(file: OutputFile): Promise<OpenedFile> {
    const bytes = (file.type === 'input' ? this.inputs : this.outputs).get(pathOf(file));
    if (!bytes) return Promise.reject(new OutputMissingError(file));
    this.openCount += 1;
    return Promise.resolve(this.opened(bytes, contentTypeOf(file.filename)));
  }

  remove(file: OutputFile): Promise<void> {
    if (file.type === 'output') this.outputs.delete(pathOf(file));
    return Promise.resolve();
  }

  removeBeginningWith(beginning: string, since: number): Promise<void> {
    for (const path of this.outputs.keys()) {
      const isMeant = posix.basename(path).startsWith(beginning);
      if (isMeant && !(since > 0 && this.old.has(path))) this.outputs.delete(path);
    }
    return Promise.resolve();
  }

  async putInput({ subfolder, filename }: InputName, bytes: Buffer | Readable): Promise<string> {
    if (this.failOnPut) throw this.failOnPut;
    const path = `${subfolder}/${filename}`;
    this.inputs.set(path, Buffer.isBuffer(bytes) ? bytes : await buffer(bytes));
    return path;
  }

  hasInput(name: string): Promise<boolean> {
    return Promise.resolve(this.inputs.has(name));
  }

  inputFolderPath(subfolder: string): string {
    return `/inputs/${subfolder}`;
  }

  removeInputs(subfolder: string): Promise<void> {
    for (const path of this.inputs.keys()) {
      if (path.startsWith(`${subfolder}/`)) this.inputs.delete(path);
    }
    return Promise.resolve();
  }

  private opened(bytes: Buffer, contentType: string): OpenedFile {
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.openCount -= 1;
      isOpen = false;
    };
    return {
      sizeBytes: bytes.length,
      contentType,
      stream: () => Readable.from([bytes]).once('close', close),
      close,
    };
  }
}

function pathOf({ subfolder, filename }: OutputFile): string {
  return subfolder === '' ? filename : `${subfolder}/${filename}`;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  mp4: 'video/mp4',
  txt: 'text/plain',
};

function contentTypeOf(filename: string): string {
  return CONTENT_TYPES[filename.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
}
