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
  const spans = Object.entries(tensors).map(([name, value]) => spanOf(name, value, dataBytes));
  // Python's reader wants them side by side, too: no byte belongs to nobody, or to two.
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const span of spans) {
    if (span.begin !== end) throw new InvalidModelError('its tensors leave holes, or overlap');
    end = span.end;
  }
  if (end !== dataBytes) throw new InvalidModelError('its tensors do not fill the file');
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return header.parse(JSON.parse(text));
  } catch {
    throw new InvalidModelError('its header is no JSON object');
  }
}

interface Span {
  readonly begin: number;
  readonly end: number;
}

function spanOf(name: string, value: unknown, dataBytes: number): Span {
  const refuse = (problem: string): InvalidModelError =>
    new InvalidModelError(`tensor ${JSON.stringify(name)} ${problem}`);
  const read = tensor.safeParse(value);
  if (!read.success) throw refuse('is not described');
  const { dtype, shape, data_offsets } = read.data;
  const [begin, end] = data_offsets;
  if (begin > end || end > dataBytes) throw refuse('lies outside the file');
  const bits = BITS.get(dtype);
  const present = BigInt(end - begin) * 8n;
  if (bits !== undefined && bitsOf(shape, bits, present) !== present) {
    throw refuse('has another size than its shape');
  }
  return { begin, end };
}

/** Of all elements, or more than `most`: a header can name sizes whose product takes for ever. */
function bitsOf(shape: readonly number[], bits: number, most: bigint): bigint {
  if (shape.includes(0)) return 0n;
  let product = BigInt(bits);
  for (const size of shape) {
    if (product > most) break;
    product *= BigInt(size);
  }
  return product;
}

/** Of one element. Types that are younger than this list are believed. */
const BITS: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ...['BOOL', 'U8', 'I8'].map((name) => [name, 8] as const),
  ...['F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map(
    (name) => [name, 8] as const,
  ),
  ...['I16', 'U16', 'F16', 'BF16'].map((name) => [name, 16] as const),
  ...['I32', 'U32', 'F32'].map((name) => [name, 32] as const),
  ...['I64', 'U64', 'F64', 'C64'].map((name) => [name, 64] as const),
]);
