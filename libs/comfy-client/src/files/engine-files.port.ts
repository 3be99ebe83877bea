import type { Readable } from 'node:stream';

import type { OutputFile } from '@gateway/comfy-protocol';

/** The engine's input and output files, wherever they are. */
export interface EngineFiles {
  /** Whether inputs can be put while the engine itself is not running. */
  readonly areLocal: boolean;

  /**
   * Opens an output for reading, so that a missing one is known before a status line goes out.
   *
   * @throws OutputMissingError `comfy.output_missing`
   * @throws PathOutsideFolderError `comfy.path_outside_folder`
   */
  open(file: OutputFile): Promise<OpenedFile>;

  /**
   * Deletes the outputs, in whatever sub-folder, whose names begin so and that were written at
   * `since`, milliseconds since the epoch, or later. It looks at every file: for what no event told of.
   */
  removeBeginningWith(beginning: string, since: number): Promise<void>;

  /** Deletes a file of type `output`; others, and missing ones, are left as they are. */
  remove(file: OutputFile): Promise<void>;

  /** Stores an input whole or not at all; returns the value for the graph (`sub/name.png`). */
  putInput(name: InputName, bytes: Buffer | Readable): Promise<string>;

  /** Whether a file of that name (`a.png`, `sub/a.png`) is among the inputs. Never throws. */
  hasInput(name: string): Promise<boolean>;

  /** How nodes that take any path are told of a sub-folder of inputs. */
  inputFolderPath(subfolder: string): string;

  /** Deletes a sub-folder of inputs, as far as that is possible. Never throws. */
  removeInputs(subfolder: string): Promise<void>;
}

export interface InputName {
  /** `""` or `a/b`. */
  readonly subfolder: string;
  readonly filename: string;
}

/** A file held open. Read it once or close it. */
export interface OpenedFile {
  readonly sizeBytes: number | undefined;
  readonly contentType: string;
  /** Where it lies on our disk; absent: it is read over HTTP. */
  readonly path?: string;
  /**
   * May be called once; the stream closes the file at its end. It fails with OutputChangedError
   * (`comfy.output_changed`) when there are not `sizeBytes` bytes to read.
   */
  stream(): Readable;
  /** Releases a file, read or not; may be called twice. */
  close(): void;
}
