import { readFile } from 'node:fs/promises';

import {
  describeGraphProblem,
  isJsonObject,
  parseJson,
  type JsonValue,
  type PromptGraph,
} from '@gateway/comfy-protocol';

import { CannotGenerateError, messageOf } from '../generate-workflow.errors';

/** The graph of a file in API format; also one that is wrapped as a body of `POST /prompt` is. */
export async function readGraph(file: string): Promise<PromptGraph> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CannotGenerateError(`${file} cannot be read: ${messageOf(error)}.`);
  });
  const graph = unwrapped(parsed(text, file));
  const problem = describeGraphProblem(graph);
  if (problem) throw new CannotGenerateError(`${file} holds no graph: ${problem.message}`);
  return graph as unknown as PromptGraph;
}

function parsed(text: string, file: string): JsonValue {
  try {
    return parseJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CannotGenerateError(`${file} is not JSON: ${messageOf(error)}.`);
  }
}

function unwrapped(value: JsonValue): JsonValue {
  const inner = isJsonObject(value) ? value['prompt'] : undefined;
  return isJsonObject(inner) && !('class_type' in inner) ? inner : value;
}
