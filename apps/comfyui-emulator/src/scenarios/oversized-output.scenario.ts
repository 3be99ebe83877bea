import { truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { readNodeUi } from '@gateway/comfy-protocol';

import type { ScenarioFactory } from './scenario';
import { numberOf } from './scenario.parser';

/** `oversized-output:<MB>`: the first file a node saves grows to this size; zeros follow its content. */
export const oversizedOutput: ScenarioFactory = ({ argument, folders, spend }) => ({
  afterNode: async ({ nodeId }, ui) => {
    const [file] = readNodeUi(nodeId, ui ?? null).filter((item) => item.kind === 'file');
    if (file === undefined) return;
    spend();
    const path = join(folders[file.type], file.subfolder, file.filename);
    await truncate(path, numberOf(argument, 64) * 1024 * 1024);
  },
});
