import { createHash, randomUUID } from 'node:crypto';

import {
  isLink,
  stringifyJson,
  type JsonObject,
  type NodeId,
  type PromptGraph,
} from '@gateway/comfy-protocol';

import type { Folders } from '../folders';
import type { NodeLibrary } from './node.library';
import type { CacheKeys } from './result.cache';

/** Fingerprints found on the way: ComfyUI writes them into the prompt that goes into files. */
export interface PromptKeys {
  readonly keys: CacheKeys;
  readonly fingerprints: ReadonlyMap<NodeId, string | number>;
}

/**
 * Cache key of every node of a prompt, reachable or not: class, fingerprint, all inputs sorted by
 * name (undeclared ones too), and through links the keys of all ancestors. Node ids are not part.
 *
 * @throws TypeError for a node without `inputs`: in ComfyUI this happens outside of the guard
 * around nodes and kills its worker thread.
 */
export async function computeCacheKeys(
  graph: PromptGraph,
  library: NodeLibrary,
  folders: Folders,
): Promise<PromptKeys> {
  const fingerprints = await takeFingerprints(graph, library, folders);
  const keys = new Map<NodeId, string>();
  const visiting = new Set<NodeId>();

  const keyOf = (nodeId: NodeId): string => {
    const known = keys.get(nodeId);
    if (known !== undefined) return known;
    const node = graph[nodeId];
    // A missing source or a cycle among unreachable nodes: never found in any cache.
    if (node === undefined || visiting.has(nodeId)) return randomUUID();
    visiting.add(nodeId);
    const fingerprint = fingerprints.get(nodeId);
    const identity = library.traitsOf(node.class_type).knowsItsId ? nodeId : '';
    const inputs = Object.keys(node.inputs)
      .sort()
      .map((name) => `${name}=${describeInput(node.inputs, name)}`);
    const key =
      typeof fingerprint === 'number' && Number.isNaN(fingerprint)
        ? randomUUID()
        : digest([node.class_type, String(fingerprint), identity, ...inputs]);
    visiting.delete(nodeId);
    keys.set(nodeId, key);
    return key;
  };
  const describeInput = (inputs: JsonObject, name: string): string => {
    const value = inputs[name];
    return isLink(value) ? `<${keyOf(value[0])}:${value[1]}>` : stringifyJson(value);
  };

  for (const nodeId of Object.keys(graph)) keyOf(nodeId);
  return { keys, fingerprints };
}

async function takeFingerprints(
  graph: PromptGraph,
  library: NodeLibrary,
  folders: Folders,
): Promise<ReadonlyMap<NodeId, string | number>> {
  const fingerprints = new Map<NodeId, string | number>();
  for (const [nodeId, node] of Object.entries(graph)) {
    const take = library.find(node.class_type)?.fingerprint;
    if (take === undefined) continue;
    // A fingerprint that fails counts as "always changed".
    fingerprints.set(nodeId, await take(node.inputs, folders).catch(() => Number.NaN));
  }
  return fingerprints;
}

function digest(parts: readonly string[]): string {
  return createHash('sha1').update(parts.join('\n')).digest('base64');
}
