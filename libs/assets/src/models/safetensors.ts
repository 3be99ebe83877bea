import { open } from 'node:fs/promises';

import { z } from 'zod';

import { InvalidModelError } from '../assets.errors';

/**
 * Reads the header of a safetensors file and checks that it describes the file
 * (https://github.com/huggingface/safetensors#format): a length, JSON, and tensors that fill the rest.
 *
 * @throws InvalidModelError `asset.invalid_model`
 */
export async function verifySafetensors(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const prefix = Buffer.alloc(PREFIX_BYTES);
    const { bytesRead } = await file.read(prefix, 0, PREFIX_BYTES, 0);
    if (bytesRead < PREFIX_BYTES) throw new InvalidModelError('it is too short');
    const headerBytes = prefix.readBigUInt64LE(0);
    if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, size - PREFIX_BYTES))) {
      throw new InvalidModelError('its header is longer than the file, or than 16 MiB');
    }
    const header = Buffer.alloc(Number(headerBytes));
    await file.read(header, 0, header.length, PREFIX_BYTES);
    checkHeader(header.toString('utf8'), size - PREFIX_BYTES - header.length);
  } finally {
    await file.close();
  }
}

const PREFIX_BYTES = 8;
/** Those of the largest models there are take a few megabytes. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

const count = z.number().int().nonnegative();
const tensor = z.object({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const header = z.record(z.string(), z.unknown());
const metadata = z.record(z.string(), z.string()).optional();

function checkHeader(text: string, dataBytes: number): void {
  // The format wants the brace first; Python's reader refuses what JSON would allow before it.
  if (!text.startsWith('{')) throw new InvalidModelError('its header is no JSON object');
  const { __metadata__, ...tensors } = parsed(text);
  if (!metadata.safeParse(__metadata__).success) {
    throw new InvalidModelError('its __metadata__ does not map strings to strings');
  }
  let end = 0;
  for (const [name, value] of Object.entries(tensors)) {
    end = Math.max(end, endOf(name, value, dataBytes));
  }
  if (end !== dataBytes) {
    throw new InvalidModelError('its tensors do not fill the file');
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return header.parse(JSON.parse(text));
  } catch {
    throw new InvalidModelError('its header is no JSON object');
  }
}

function endOf(name: string, value: unknown, dataBytes: number): number {
  const read = tensor.safeParse(value);
  if (!read.success) throw new InvalidModelError(`tensor ${JSON.stringify(name)} is not described`);
  const [begin, end] = read.data.data_offsets;
  if (begin > end || end > dataBytes) {
    throw new InvalidModelError(`tensor ${JSON.stringify(name)} lies outside the file`);
  }
  return end;
}
