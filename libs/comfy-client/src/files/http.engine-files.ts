import { posix } from 'node:path';
import type { Readable } from 'node:stream';

import type { OutputFile } from '@gateway/comfy-protocol';

import { ComfyHttpError, OutputMissingError } from '../comfy-client.errors';
import type { ComfyHttp, ViewedFile } from '../http/comfy.http';
import { contentTypeOf } from './content-type';
import type { EngineFiles, InputName, OpenedFile } from './engine-files.port';
import { exactly } from './exact-reading';
import { openedFile } from './opened-file';

/** For an engine whose disk we do not see: outputs over `/view`, inputs over `/upload/image`. */
export class HttpEngineFiles implements EngineFiles {
  readonly areLocal = false;

  constructor(private readonly http: ComfyHttp) {}

  async open(file: OutputFile): Promise<OpenedFile> {
    const { body, sizeBytes } = await this.view(file);
    return openedFile({
      sizeBytes,
      // ComfyUI hides types it finds dangerous behind octet-stream, so ours is the better guess.
      contentType: contentTypeOf(file.filename),
      read: () => (sizeBytes === undefined ? body : exactly(sizeBytes, body)),
      release: () => {
        body.destroy();
      },
    });
  }

  /** Does nothing: ComfyUI has no route that deletes a file. */
  async remove(_file: OutputFile): Promise<void> {
    return Promise.resolve();
  }

  /** Does nothing, as {@link remove}. */
  async removeBeginningWith(_beginning: string, _since: number): Promise<void> {
    return Promise.resolve();
  }

  async putInput(name: InputName, bytes: Buffer | Readable): Promise<string> {
    const stored = await this.http.uploadImage({ ...name, bytes });
    return stored.subfolder === '' ? stored.filename : `${stored.subfolder}/${stored.filename}`;
  }

  async hasInput(name: string): Promise<boolean> {
    const subfolder = posix.dirname(name);
    try {
      const { body } = await this.http.view({
        filename: posix.basename(name),
        subfolder: subfolder === '.' ? '' : subfolder,
        type: 'input',
      });
      body.destroy();
      return true;
    } catch {
      return false;
    }
  }

  /** Relative to where ComfyUI runs: its own default, for where it really is only it knows. */
  inputFolderPath(subfolder: string): string {
    return `input/${subfolder}`;
  }

  /** Does nothing: ComfyUI has no route that deletes a file. */
  async removeInputs(_subfolder: string): Promise<void> {
    return Promise.resolve();
  }

  private async view(file: OutputFile): Promise<ViewedFile> {
    try {
      return await this.http.view(file);
    } catch (error) {
      if (error instanceof ComfyHttpError && NOT_THERE.has(error.status)) {
        throw new OutputMissingError(file, { cause: error });
      }
      throw error;
    }
  }
}

/** `/view` answers 404 for a missing file, 400 and 403 for a name it will not look up. */
const NOT_THERE: ReadonlySet<number> = new Set([400, 403, 404]);
