import { extension as usualExtension, lookup } from 'mime-types';

/** A kind of file: the extension it is stored under, without its dot, and its MIME type. */
export interface FileType {
  readonly extension: string;
  readonly contentType: string;
}

/**
 * The type behind a file extension. Knows what mime-types does, and what ComfyUI reads besides:
 * 3D scenes and tensors.
 */
export function typeOfExtension(extension: string): FileType | undefined {
  const name = extension.toLowerCase();
  const special = SPECIAL.get(name);
  if (special !== undefined) return { extension: name, contentType: special };
  const contentType = lookup(name);
  return contentType === false ? undefined : typeOfMime(contentType);
}

/** The type behind a MIME type, in any of the spellings in use; parameters are passed over. */
export function typeOfMime(declared: string): FileType | undefined {
  const essence = bareMime(declared);
  const contentType = ALIASES.get(essence) ?? essence;
  const special = [...SPECIAL].find(([, type]) => type === contentType);
  if (special && contentType !== TENSORS) return { extension: special[0], contentType };
  const extension = usualExtension(contentType);
  return extension === false ? undefined : { extension, contentType };
}

/** `image/png` of `Image/PNG; name=a.png`. */
export function bareMime(declared: string): string {
  return (declared.split(';')[0] ?? '').trim().toLowerCase();
}

/** No MIME type is registered for them. */
const TENSORS = 'application/octet-stream';

/** Where mime-types knows nothing, or an extension that ComfyUI does not. The first of a type wins. */
const SPECIAL: ReadonlyMap<string, string> = new Map(
  Object.entries({
    aac: 'audio/aac',
    aiff: 'audio/aiff',
    avi: 'video/x-msvideo',
    exr: 'image/x-exr',
    flac: 'audio/flac',
    hdr: 'image/vnd.radiance',
    m4a: 'audio/mp4',
    mov: 'video/quicktime',
    mp3: 'audio/mpeg',
    mp4: 'video/mp4',
    mpg: 'video/mpeg',
    ogg: 'audio/ogg',
    opus: 'audio/opus',
    webm: 'video/webm',
    fbx: 'model/fbx',
    ksplat: 'model/ksplat',
    latent: TENSORS,
    ply: 'model/ply',
    safetensors: TENSORS,
    splat: 'model/splat',
    spz: 'model/spz',
  }),
);

/** Spellings in use for what has another name above. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'application/fbx': 'model/fbx',
    'application/ogg': 'audio/ogg',
    'application/sla': 'model/stl',
    'application/vnd.autodesk.fbx': 'model/fbx',
    'application/vnd.ms-pki.stl': 'model/stl',
    'audio/m4a': 'audio/mp4',
    'audio/mp3': 'audio/mpeg',
    'audio/vnd.wave': 'audio/wav',
    'audio/wave': 'audio/wav',
    'audio/x-aac': 'audio/aac',
    'audio/x-aiff': 'audio/aiff',
    'audio/x-flac': 'audio/flac',
    'audio/x-m4a': 'audio/mp4',
    'audio/x-wav': 'audio/wav',
    'image/apng': 'image/png',
    'image/jpg': 'image/jpeg',
    'image/pjpeg': 'image/jpeg',
    'image/x-ms-bmp': 'image/bmp',
    'image/x-png': 'image/png',
    'video/avi': 'video/x-msvideo',
    'video/x-m4v': 'video/mp4',
  }),
);
