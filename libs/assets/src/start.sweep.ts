import type { Log } from '@gateway/kernel';

import type { AssetShelf } from './asset.shelf';
import { sizeOf } from './models/model.folder';

/**
 * Removes what an earlier life left over: bytes that came half, bytes that nothing refers to, and
 * records whose bytes are gone. Only for a start, before anything comes in.
 */
export async function sweep({ records, blobs, models }: AssetShelf, log: Log): Promise<void> {
  const halves = (await blobs.clearIncoming()) + (await models.clearParts());
  const unknown = new Set(await blobs.ids());
  let gone = 0;
  for (const { id, modelPath } of records.blobs()) {
    const isThere =
      modelPath === null
        ? unknown.delete(id)
        : (await sizeOf(models.pathOf(modelPath))) !== undefined;
    if (isThere) continue;
    records.forgetBlob(id);
    gone += 1;
  }
  for (const id of unknown) await blobs.remove(id);
  if (halves + unknown.size + gone === 0) return;
  log.info({ halves, unreferenced: unknown.size, gone }, 'assets were swept');
}
