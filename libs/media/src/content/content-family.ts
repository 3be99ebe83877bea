import { bareMime } from './file-types';

/** What a MIME type is about; `model` is 3D. */
export type ContentFamily = 'image' | 'video' | 'audio' | 'model' | 'other';

/** The family of a MIME type; parameters and case do not matter. */
export function contentFamily(contentType: string): ContentFamily {
  const family = bareMime(contentType).split('/')[0];
  return FAMILIES.find((known) => known === family) ?? 'other';
}

const FAMILIES: readonly ContentFamily[] = ['image', 'video', 'audio', 'model'];
