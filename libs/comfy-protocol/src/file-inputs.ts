import { isJsonObject, type JsonValue } from './json';
import type { ObjectInfo } from './object-info';

/** What a file input takes, as far as ComfyUI says. */
export type UploadKind = 'image' | 'audio' | 'video' | 'any';

/**
 * What ComfyUI marks an input to take as an uploaded file (`image_upload`, `audio_upload`,
 * `file_upload`, …); `undefined` for every other input.
 */
export function uploadKind(
  info: ObjectInfo,
  classType: string,
  input: string,
): UploadKind | undefined {
  const known = Object.hasOwn(info, classType) ? info[classType] : undefined;
  const options = known?.input.required?.[input]?.[1] ?? known?.input.optional?.[input]?.[1];
  if (!options) return undefined;
  for (const option in options) {
    const isMark = option === 'upload' || option.endsWith('_upload');
    if (isMark && options[option] === true) return KINDS[option] ?? 'any';
  }
  return undefined;
}

const KINDS: Readonly<Record<string, UploadKind>> = {
  image_upload: 'image',
  audio_upload: 'audio',
  video_upload: 'video',
};

/** Whether ComfyUI marks the input as an uploadable file. */
export function isUploadInput(info: ObjectInfo, classType: string, input: string): boolean {
  return uploadKind(info, classType, input) !== undefined;
}

/** Whether an input is a file by its name alone, for when the engine cannot be asked. */
export function isWellKnownFileInput(classType: string, input: string): boolean {
  return /load/i.test(classType) && FILE_INPUT.test(input);
}

const FILE_INPUT =
  /^(?:image|audio|video|mask|latent|(?:\w+_)?(?:file|filename|path|dir|directory|folder))$/;

/**
 * The files of an input that names a folder: VideoHelperSuite's `directory`, given as an array. The
 * gateway puts them into a folder of the job. ComfyUI itself takes no array there.
 */
export function directoryItems(
  classType: string,
  input: string,
  value: JsonValue | undefined,
): readonly string[] | undefined {
  if (!isDirectoryInput(classType, input) || !Array.isArray(value) || value.length === 0) {
    return undefined;
  }
  const items = value as readonly JsonValue[];
  return items.every((item) => typeof item === 'string') ? items : undefined;
}

/** How a folder must be named to such an input: below the input folder, or as a path. */
export function directoryNaming(classType: string): 'name' | 'path' {
  return classType === 'VHS_LoadImagesPath' ? 'path' : 'name';
}

function isDirectoryInput(classType: string, input: string): boolean {
  return /^VHS_LoadImages(?:Path)?$/.test(classType) && input === 'directory';
}

/** The texts of a literal, also of one that is wrapped because it is a list. */
export function textsOf(value: JsonValue): readonly string[] {
  const literal = isJsonObject(value) ? value['__value__'] : value;
  if (typeof literal === 'string') return [literal];
  const isWrappedList = isJsonObject(value) && Array.isArray(literal);
  return isWrappedList
    ? (literal as readonly JsonValue[]).filter((item) => typeof item === 'string')
    : [];
}
