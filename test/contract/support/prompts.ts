import type { JsonObject } from '@gateway/comfy-protocol';

/** A picture of one colour, saved; another colour is another cache entry. */
export function savePrompt(color = 0, prefix = 'made'): JsonObject {
  return {
    '1': {
      class_type: 'EmptyImage',
      inputs: { width: 16, height: 16, batch_size: 1, color },
    },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
  };
}

/** Text only; under a millisecond. */
export function textPrompt(source: string): JsonObject {
  return { '1': { class_type: 'PreviewAny', inputs: { source } } };
}
