import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';

/** A folder of files that engines give out, beside their own. */
export class PreparedFiles {
  private constructor(readonly folder: string) {}

  static async create(): Promise<PreparedFiles> {
    return new PreparedFiles(await mkdtemp(join(tmpdir(), 'gateway-bench-')));
  }

  /** A picture of noise, 82 pixels wide: about 20 KB that do not compress. */
  async smallPicture(): Promise<string> {
    return this.keep('small.png', await noise(82));
  }

  /** A picture of 1024 × 1024 pixels with as much detail as a photograph. */
  async photograph(): Promise<string> {
    const picture = sharp(await noise(32)).resize(1024, 1024, { kernel: 'cubic' });
    return this.keep('photograph.png', await picture.png().toBuffer());
  }

  /** A JPEG of about 30 KB, as samplers send. */
  async preview(): Promise<string> {
    const picture = sharp(await noise(160)).jpeg({ quality: 95 });
    return this.keep('preview.jpg', await picture.toBuffer());
  }

  /** A PNG of so many MB (2^20 bytes). */
  async largePicture(megabytes: number): Promise<string> {
    const path = join(this.folder, `${megabytes}.png`);
    const file = await open(path, 'w');
    await file.write(PNG_HEAD);
    // Nobody looks into it, and holes are read as fast as what the page cache has.
    await file.truncate(megabytes * 2 ** 20);
    await file.close();
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async keep(name: string, bytes: Buffer): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, bytes);
    return path;
  }
}

const PNG_HEAD = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

async function noise(pixels: number): Promise<Buffer> {
  const options = { noise: { type: 'gaussian', mean: 128, sigma: 60 } } as const;
  const plane = sharp({
    create: { width: pixels, height: pixels, channels: 3, background: 'black', ...options },
  });
  return plane.png().toBuffer();
}
