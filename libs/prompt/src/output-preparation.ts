import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { posix } from 'node:path';

import type { EngineFiles } from '@gateway/comfy-client';
import type { OutputFile, OutputItem } from '@gateway/comfy-protocol';
import { convertImage, isConvertible, type OutputConversion } from '@gateway/media';

import { outputTypeOf } from './output-selection';
import type { PreparedFile, PreparedOutput } from './prepared-output';
import type { Slots } from './slots';

export interface PreparationOptions {
  readonly files: EngineFiles;
  readonly conversion: OutputConversion | undefined;
  /** Folder for converted pictures until they are taken. */
  readonly spoolDir: string;
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

/** Lets go of every file that was not read. */
export async function closeOutputs(outputs: readonly PreparedOutput[]): Promise<void> {
  await Promise.all(
    outputs.map((output) => (output.kind === 'file' ? output.close() : Promise.resolve())),
  );
}

async function prepareOutput(
  item: OutputItem,
  options: PreparationOptions,
): Promise<PreparedOutput> {
  if (item.kind === 'text') return { kind: 'text', nodeId: item.nodeId, text: item.text };
  const { files, conversion } = options;
  const opened = await files.open(item);
  const original: PreparedFile = {
    kind: 'file',
    nodeId: item.nodeId,
    type: outputTypeOf(opened.contentType, item.filename),
    filename: posix.join(item.subfolder, item.filename),
    contentType: opened.contentType,
    sizeBytes: opened.sizeBytes,
    stream: () => opened.stream(),
    close: () => opened.close(),
  };
  if (!conversion || !isConvertible(opened.contentType)) return original;
  try {
    return await converted(item, original, conversion, options);
  } catch (error) {
    await original.close();
    throw error;
  }
}

async function converted(
  item: OutputFile,
  original: PreparedFile,
  conversion: OutputConversion,
  { spoolDir, converting, signal }: PreparationOptions,
): Promise<PreparedFile> {
  const leave = await converting.acquire(signal);
  const file = await convertImage(
    { filename: item.filename, bytes: original.stream() },
    conversion,
    { dir: spoolDir, name: randomUUID() },
  ).finally(leave);
  const discard = (): Promise<void> => rm(file.path, { force: true });
  return {
    ...original,
    filename: posix.join(item.subfolder, file.filename),
    contentType: file.contentType,
    sizeBytes: file.sizeBytes,
    stream: () => {
      const bytes = createReadStream(file.path, { highWaterMark: READ_CHUNK_BYTES });
      bytes.once('close', () => void discard().catch(() => undefined));
      return bytes;
    },
    close: discard,
  };
}

const READ_CHUNK_BYTES = 192 * 1024;
