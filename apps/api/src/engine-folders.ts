import { existsSync } from 'node:fs';

import type { GatewayConfig } from '@gateway/config';
import type { Log } from '@gateway/kernel';

export interface EngineFolders {
  readonly inputDir: string;
  readonly outputDir: string;
}

/**
 * ComfyUI's folders, where this machine has them; `undefined` where files go over HTTP. What that
 * costs is told to the log, once. (A folder that was named and is missing never comes this far.)
 */
export function findEngineFolders(
  { command, home, inputDir, outputDir }: GatewayConfig['comfy'],
  log: Log,
): EngineFolders | undefined {
  const isAttached = command.trim() === '';
  if (isAttached && !existsSync(outputDir)) {
    log.warn({ outputDir }, NOT_CLEANED);
    return undefined;
  }
  if (!isAttached && !existsSync(home)) {
    log.warn({ home, folder: process.cwd() }, RUN_ELSEWHERE);
  }
  return { inputDir, outputDir };
}

const NOT_CLEANED =
  "ComfyUI's folders are not on this machine: what is sent as inputs, and every output, stays in " +
  'ComfyUI for ever. To have them deleted after delivery, set COMFY_HOME (or INPUT_DIR and ' +
  'OUTPUT_DIR) to where the gateway can reach them; otherwise delete old files over there.';

const RUN_ELSEWHERE =
  'The default of COMFY_HOME is not there: CMD is run in the folder of the gateway. Set ' +
  'COMFY_HOME to the folder of ComfyUI.';
