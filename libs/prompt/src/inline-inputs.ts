import { randomUUID } from 'node:crypto';

import type { EngineFiles } from '@gateway/comfy-client';
import {
  isUploadInput,
  type JsonValue,
  type ObjectInfo,
  type PromptGraph,
} from '@gateway/comfy-protocol';
import { UnreadableInputError, classifyInputValue, decodeInlineImage } from '@gateway/media';

import { PromptRejectedError } from './prompt.errors';

/** A graph whose file inputs are names, and the folder that was filled for it. */
export interface MaterializedPrompt {
  readonly prompt: PromptGraph;
  /** Sub-folder of the input folder that holds this job's files; absent when it needed none. */
  readonly inputFolder?: string;
}

/**
 * Writes base64 and data URIs of file inputs into a new input folder and puts the names into the
 * graph. The folder's name is minted: it will be removed, so it must never be one that was there. Equal values share a file. When one input is unreadable, what was written is removed.
 *
 * @throws PromptRejectedError (`input.unreadable`, `input.url_unsupported`).
 */
export async function materializeInputs(
  prompt: PromptGraph,
  files: EngineFiles,
  objectInfo: ObjectInfo,
): Promise<MaterializedPrompt> {
  const inline = findInlineInputs(prompt, objectInfo);
  if (inline.length === 0) return { prompt };
  const names = new Map<string, string>();
  const folder = `gateway-${randomUUID()}`;
  try {
    for (const input of inline) {
      if (!names.has(input.value)) {
        names.set(input.value, await writeInput(input, `${names.size + 1}`, folder, files));
      }
    }
  } catch (error) {
    await files.removeInputs(folder);
    throw error;
  }
  return { prompt: withNames(prompt, inline, names), inputFolder: folder };
}

interface InlineInput {
  readonly nodeId: string;
  readonly input: string;
  readonly value: string;
}

function findInlineInputs(prompt: PromptGraph, objectInfo: ObjectInfo): InlineInput[] {
  return Object.entries(prompt).flatMap(([nodeId, node]) =>
    Object.entries(node.inputs).flatMap(([input, value]) =>
      isInline(value) && isUploadInput(objectInfo, node.class_type, input)
        ? [{ nodeId, input, value }]
        : [],
    ),
  );
}

function isInline(value: JsonValue): value is string {
  return typeof value === 'string' && classifyInputValue(value) !== 'name';
}

async function writeInput(
  { nodeId, input, value }: InlineInput,
  name: string,
  folder: string,
  files: EngineFiles,
): Promise<string> {
  const location = `prompt.${nodeId}.inputs.${input}`;
  if (classifyInputValue(value) === 'url') {
    const message = 'URLs are not fetched by this version; send the file as base64';
    throw new PromptRejectedError('input.url_unsupported', message, location);
  }
  try {
    const { bytes, extension } = await decodeInlineImage(value);
    return await files.putInput({ subfolder: folder, filename: `${name}.${extension}` }, bytes);
  } catch (error) {
    if (!(error instanceof UnreadableInputError)) throw error;
    const message = `Input "${input}" of node ${nodeId} cannot be read: ${error.message}`;
    throw new PromptRejectedError('input.unreadable', message, location, undefined, error);
  }
}

function withNames(
  prompt: PromptGraph,
  inline: readonly InlineInput[],
  names: ReadonlyMap<string, string>,
): PromptGraph {
  const changed = { ...prompt };
  for (const { nodeId, input, value } of inline) {
    const node = changed[nodeId];
    const name = names.get(value);
    if (!node || name === undefined) continue;
    changed[nodeId] = { ...node, inputs: { ...node.inputs, [input]: name } };
  }
  return changed;
}
