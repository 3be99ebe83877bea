import { join } from 'node:path';

import { ModelCatalogue, workflowConfig } from '@gateway/catalogue';
import { comboOptions, type PromptGraph } from '@gateway/comfy-protocol';
import { silentLog } from '@gateway/kernel';
import type { WorkflowHostConfig } from '@gateway/workflow-files';

import { modelFolder } from '../authoring/model-folder';
import type { NodeListing } from '../reading/node-listing';

/**
 * What a file is told as `config` while it is checked: the listing's samplers, schedulers and models,
 * and the models of the graph itself, as if they were installed.
 */
export async function checkConfig(
  graph: PromptGraph,
  listing: NodeListing,
  dir: string,
): Promise<WorkflowHostConfig> {
  const files = modelFiles(graph, listing);
  const models = new ModelCatalogue({
    modelDir: join(dir, 'models'),
    isEngineReady: () => true,
    log: silentLog,
    source: {
      modelFolders: () => Promise.resolve([...files.keys()]),
      models: (folder) => Promise.resolve([...(files.get(folder) ?? [])]),
    },
  });
  await models.refresh();
  const config = workflowConfig({
    models,
    objectInfo: () => listing.info,
    warmupCheckpoint: undefined,
  });
  return { ...config };
}

function modelFiles(
  graph: PromptGraph,
  { info, folders }: NodeListing,
): ReadonlyMap<string, ReadonlySet<string>> {
  const files = new Map(Object.entries(folders).map(([folder, names]) => [folder, new Set(names)]));
  for (const { class_type, inputs } of Object.values(graph)) {
    const declared = Object.hasOwn(info, class_type) ? info[class_type]?.input : undefined;
    for (const [input, config] of Object.entries({
      ...declared?.optional,
      ...declared?.required,
    })) {
      const folder = modelFolder(class_type, input, config, folders);
      if (folder === undefined) continue;
      const known = files.get(folder) ?? new Set();
      files.set(folder, known);
      for (const name of [...(comboOptions(config) ?? []), inputs[input]]) {
        if (typeof name === 'string') known.add(name);
      }
    }
  }
  return files;
}
