import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { chances } from './scene';

/** What a latent file tells: sizes are those of the picture it decodes to. */
export interface StoredLatent {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Hex. */
  readonly digest: string;
}

/** A safetensors file as `SaveLatent` writes it: 4 channels at an eighth of the size. */
export function writeLatentFile(
  latent: StoredLatent,
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const shape = [latent.frames, 4, latent.height / 8, latent.width / 8];
  const values = Buffer.alloc(4 * shape.reduce((product, side) => product * side, 1));
  const chance = chances(createHash('sha256').update(latent.digest).digest('hex'));
  for (let at = 0; at < values.length; at += 4) values.writeFloatLE(chance() * 2 - 1, at);
  const header = {
    ...(Object.keys(metadata).length > 0 && { __metadata__: metadata }),
    latent_format_version_0: { dtype: 'F32', shape: [0], data_offsets: [0, 0] },
    latent_tensor: { dtype: 'F32', shape, data_offsets: [0, values.length] },
  };
  return Buffer.concat([safetensorsHeader(header), values]);
}

/** @throws Error when the file is no safetensors file with a `latent_tensor`. */
export async function readLatentFile(path: string): Promise<StoredLatent> {
  const content = await readFile(path);
  const end = 8 + Number(content.readBigUInt64LE(0));
  const header = JSON.parse(content.toString('utf8', 8, end)) as {
    readonly latent_tensor?: { readonly shape: readonly number[] };
  };
  if (header.latent_tensor === undefined) throw new Error(`no latent_tensor in ${path}`);
  const [frames = 1, , height = 8, width = 8] = header.latent_tensor.shape;
  const digest = createHash('sha256').update(content.subarray(end)).digest('hex').slice(0, 32);
  return { width: width * 8, height: height * 8, frames, digest };
}

/** Length and JSON, padded with spaces to whole multiples of 8 bytes. */
function safetensorsHeader(header: object): Buffer {
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}
