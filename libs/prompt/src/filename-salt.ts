import { inputConfig } from '@gateway/catalogue';
import type { JsonValue, ObjectInfo, PromptGraph, PromptNode } from '@gateway/comfy-protocol';

/** How the names of a job's files are made from its id. */
export type FilenameSalting = 'prepend' | 'replace';

const PREFIX_INPUT = 'filename_prefix';

/**
 * Puts the job's id into every `filename_prefix`: ComfyUI then writes files that no other job shares
 * and no cache returns. Folders in a prefix stay in front: `video/ComfyUI` → `video/<id>_ComfyUI`.
 * A saving node without a prefix gets its class's default one.
 */
export function saltFilenames(
  prompt: PromptGraph,
  jobId: string,
  salting: FilenameSalting,
  objectInfo: ObjectInfo,
): PromptGraph {
  return Object.fromEntries(
    Object.entries(prompt).map(([nodeId, node]) => {
      const prefix = node.inputs[PREFIX_INPUT] ?? defaultPrefix(objectInfo, node.class_type);
      return [nodeId, typeof prefix === 'string' ? saltNode(node, prefix, jobId, salting) : node];
    }),
  );
}

/** Whether a file was named by {@link saltFilenames} for this job, so that it is the job's alone. */
export function carriesSalt(filename: string, jobId: string): boolean {
  return filename.startsWith(saltedBeginning(jobId));
}

/** What the names of all files of a job begin with. */
export function saltedBeginning(jobId: string): string {
  return `${jobId}_`;
}

function saltNode(
  node: PromptNode,
  prefix: string,
  jobId: string,
  salting: FilenameSalting,
): PromptNode {
  const folderEnd = prefix.lastIndexOf('/') + 1;
  const folder = prefix.slice(0, folderEnd);
  const name = prefix.slice(folderEnd);
  const salted = salting === 'prepend' && name !== '' ? `${jobId}_${name}` : jobId;
  return { ...node, inputs: { ...node.inputs, [PREFIX_INPUT]: folder + salted } };
}

function defaultPrefix(objectInfo: ObjectInfo, classType: string): JsonValue | undefined {
  const config = inputConfig(objectInfo, classType, PREFIX_INPUT);
  return config && (config[1]?.['default'] ?? 'ComfyUI');
}
