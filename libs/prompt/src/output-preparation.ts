import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';

import type { EngineFiles, OpenedFile } from '@gateway/comfy-client';
import type { OutputFile, OutputItem } from '@gateway/comfy-protocol';
import { FilePieces } from '@gateway/kernel';
import {
  convertImage,
  isConvertible,
  type OutputConversion,
  type OutputFormats,
} from '@gateway/media';
import type { Job, PreparedFile, PreparedOutput } from '@gateway/jobs';

import { outputTypeOf } from './output-selection';
import { isOurs } from './own-files';
import type { Slots } from './slots';

export interface PreparationOptions {
  readonly jobId: string;
  readonly files: EngineFiles;
  readonly conversion: OutputConversion | undefined;
  /** Folder for converted pictures until they are taken. */
  readonly spoolDir: string;
  readonly formats: OutputFormats;
  /** Places for conversions, shared by all jobs: a large batch must not decode all at once. */
  readonly converting: Slots;
  readonly signal: AbortSignal;
}

/**
 * Opens every file and converts every picture. All or nothing: when one fails, the others are let go.
 *
 * @throws OutputMissingError (`comfy.output_missing`), ConversionFailedError
 *   (`output.conversion_failed`).
 */
export async function prepareOutputs(
  items: readonly OutputItem[],
  options: PreparationOptions,
): Promise<readonly PreparedOutput[]> {
  const settled = await Promise.allSettled(items.map((item) => prepareOutput(item, options)));
  const failed = settled.find((result) => result.status === 'rejected');
  const prepared = settled.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  if (!failed) return prepared;
  await closeOutputs(prepared);
  throw failed.reason;
}

/** What preparing the outputs of any job takes. */
export interface PreparationParts extends Pick<
  PreparationOptions,
  'files' | 'spoolDir' | 'formats' | 'signal'
> {
  /** Places for conversions. */
  readonly finishing: Slots;
}

/** {@link prepareOutputs} of a job, converted as its request says. */
export function prepareOutputsOf(
  { id: jobId, request }: Job,
  items: readonly OutputItem[],
  { files, spoolDir, formats, finishing: converting, signal }: PreparationParts,
): Promise<readonly PreparedOutput[]> {
  const conversion = request.convertOutput as OutputConversion | undefined;
  return prepareOutputs(items, { jobId, files, conversion, spoolDir, formats, converting, signal });
}

/** Lets go of every file. */
export async function closeOutputs(outputs: readonly PreparedOutput[]): Promise<void> {
  await Promise.all(
    outputs.map((output) => (output.kind === 'file' ? output.close() : Promise.resolve())),
  );
}

async function prepareOutput(
  item: OutputItem,
  options: PreparationOptions,
): Promise<PreparedOutput> {
  const { nodeId } = item;
  if (item.kind === 'text') return { kind: 'text', nodeId, text: item.text };
  const { jobId, files, conversion } = options;
  const opened = await files.open(item);
  const original = {
    ...describe(item, opened),
    ...(opened.path !== undefined && {
      onDisk: { path: opened.path, isOurs: isOurs(item, jobId) },
    }),
    ...new EngineFile(item, files, opened).reading(),
  };
  if (!conversion || !isConvertible(opened.contentType)) return original;
  try {
    return await converted(item, original, conversion, options);
  } finally {
    await original.close();
  }
}

function describe(
  item: OutputFile,
  { contentType, sizeBytes }: OpenedFile,
): Omit<PreparedFile, keyof Reading | 'onDisk'> {
  return {
    kind: 'file',
    nodeId: item.nodeId,
    type: outputTypeOf(contentType, item.filename),
    filename: posix.join(item.subfolder, item.filename),
    contentType,
    sizeBytes,
  };
}

type Reading = Pick<PreparedFile, 'stream' | 'release' | 'close'>;

/** A file of the engine: held open for its first reader, opened again for later ones. */
class EngineFile {
  private read: OpenedFile | undefined;

  constructor(
    private readonly item: OutputFile,
    private readonly files: EngineFiles,
    private held: OpenedFile | undefined,
  ) {}

  reading(): Reading {
    const release = (): Promise<void> => {
      this.release();
      return Promise.resolve();
    };
    return { stream: () => this.stream(), release, close: release };
  }

  private stream(): Readable {
    const { held } = this;
    if (!held) return Readable.from(this.readAgain(), { objectMode: false });
    this.held = undefined;
    this.read = held;
    return held.stream();
  }

  private async *readAgain(): AsyncGenerator<Buffer> {
    const opened = await this.files.open(this.item);
    try {
      for await (const chunk of opened.stream()) yield chunk as Buffer;
    } finally {
      opened.close();
    }
  }

  private release(): void {
    this.held?.close();
    this.read?.close();
    this.held = undefined;
    this.read = undefined;
  }
}

async function converted(
  item: OutputFile,
  original: PreparedFile,
  conversion: OutputConversion,
  { spoolDir, formats, converting, signal }: PreparationOptions,
): Promise<PreparedFile> {
  const leave = await converting.acquire(signal);
  const file = await convertImage(
    { filename: item.filename, stream: () => original.stream(), path: ownPathOf(original) },
    conversion,
    { dir: spoolDir, name: randomUUID() },
    formats,
  ).finally(leave);
  return {
    ...original,
    filename: posix.join(item.subfolder, file.filename),
    contentType: file.contentType,
    sizeBytes: file.sizeBytes,
    onDisk: { path: file.path, isOurs: true },
    stream: () => new FilePieces(file.path, { end: file.sizeBytes - 1 }),
    release: () => Promise.resolve(),
    close: () => rm(file.path, { force: true }),
  };
}

function ownPathOf({ onDisk }: PreparedFile): string | undefined {
  return onDisk?.isOurs ? onDisk.path : undefined;
}
