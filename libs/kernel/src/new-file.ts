import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';

/**
 * Makes a file that was not there before. Nothing is left of one whose writing fails, however early,
 * unless the disk does not let it go: a file that is still being opened by then would otherwise come
 * after its removal.
 *
 * @throws NodeJS.ErrnoException of the disk, or what `write` rejects with
 */
export async function writeNewFile(
  path: string,
  write: (file: WriteStream) => Promise<void>,
  { mode }: { readonly mode?: number } = {},
): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode });
  // Its failures reach whoever writes; some of them sooner than he listens.
  file.on('error', () => undefined);
  const isMade = new Promise<boolean>((resolve) => {
    file.once('open', () => resolve(true));
    file.once('close', () => resolve(false));
  });
  try {
    await write(file);
  } catch (error) {
    file.destroy();
    if (await isMade) await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}
