import { isAbsolute, join, resolve } from 'node:path';

import { CacheFolderError } from './cache-folder.error';

/**
 * The folder that payloads are unpacked into, each into a folder of its own.
 *
 * @throws CacheFolderError
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  homeFolder: () => string,
): string {
  const { COMFYUI_GATEWAY_CACHE_DIR: chosen = '', XDG_CACHE_HOME: xdg = '' } = environment;
  if (chosen !== '') return resolve(chosen);
  // The XDG specification has relative paths ignored.
  const caches = isAbsolute(xdg) ? xdg : join(homeOr(homeFolder), '.cache');
  return join(caches, 'comfyui-gateway');
}

/** A user that the system does not know, as containers have them, has none. */
function homeOr(homeFolder: () => string): string {
  try {
    return homeFolder();
  } catch (cause) {
    throw new CacheFolderError('~/.cache', 'has no home', { cause });
  }
}
