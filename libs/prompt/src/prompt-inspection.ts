import { isCoreClass } from '@gateway/catalogue';
import {
  describeGraphProblem,
  findUnsafePath,
  isUploadInput,
  validatePrompt,
  type JsonValue,
  type NodeErrors,
  type ObjectInfo,
  type PromptError,
  type PromptGraph,
} from '@gateway/comfy-protocol';

import { withAssetsNamed } from './inputs/asset-reference';
import { withFoldersNamed } from './inputs/input-reference';
import { PromptRejectedError } from './prompt.errors';

/**
 * Refuses what can be told from the graph alone, and hands it back as a typed graph.
 *
 * @throws PromptRejectedError (`prompt.malformed`, `prompt.ui_format`, `prompt.unsafe_path`).
 */
export function inspectShape(prompt: JsonValue, objectInfo?: ObjectInfo): PromptGraph {
  const named = withAssetsNamed(prompt);
  const problem = describeGraphProblem(named);
  if (problem) {
    const isUiFormat = problem.code === 'workflow_format_ui';
    throw new PromptRejectedError(
      isUiFormat ? 'prompt.ui_format' : 'prompt.malformed',
      problem.message,
      problem.location,
    );
  }
  const unsafe = findUnsafePath(named as unknown as PromptGraph, objectInfo);
  if (unsafe) {
    const location = `prompt.${unsafe.nodeId}.inputs.${unsafe.input}`;
    throw new PromptRejectedError('prompt.unsafe_path', unsafe.reason, location);
  }
  return prompt as unknown as PromptGraph;
}

/**
 * Refuses what ComfyUI would refuse, with the same `node_errors`, before it is asked.
 *
 * Custom nodes may exempt an input from its declared bounds and list, which `/object_info` does not
 * tell; so for them, and for uploads, only ComfyUI's own word counts. Links of theirs may be freer, too.
 *
 * @throws PromptRejectedError (`prompt.refused`).
 */
export function inspectAgainst(prompt: PromptGraph, objectInfo: ObjectInfo): void {
  const named = withFoldersNamed(withAssetsNamed(prompt));
  const result = validatePrompt(named as unknown as JsonValue, objectInfo, {
    customCheck: ({ classType, input }) =>
      isUploadInput(objectInfo, classType, input) ? true : undefined,
    checksBounds: (classType) => isCoreClass(objectInfo, classType),
    checksLinks: (classType) => isCoreClass(objectInfo, classType),
    maxReportedNodes: TOLD_NODES,
  });
  if (result.outcome === 'invalid') {
    throw refusal(result.error, result.nodeErrors, missingClasses(prompt, objectInfo));
  }
  if (Object.keys(result.nodeErrors).length > 0) throw partialRefusal(result.nodeErrors);
}

/** ComfyUI's own refusal, or ours in its words. */
export function refusal(
  error: PromptError,
  nodeErrors: NodeErrors,
  missing: readonly string[] = missingClass(error),
): PromptRejectedError {
  if (Object.keys(nodeErrors).length > 0) return partialRefusal(nodeErrors);
  const [, nodeId] = /^Node ID '#(.*)'$/.exec(error.details) ?? [];
  const location = nodeId === undefined ? 'prompt' : `prompt.${nodeId}`;
  const message = [plain(error), ...whatToInstall(missing)].join(' ');
  return new PromptRejectedError('prompt.refused', message, location);
}

/** ComfyUI tells one at a time. */
function missingClasses(prompt: PromptGraph, objectInfo: ObjectInfo): readonly string[] {
  const classes = Object.values(prompt).map(({ class_type: classType }) => classType);
  return [...new Set(classes)].filter((name) => !Object.hasOwn(objectInfo, name));
}

/** From ComfyUI's own words: before 0.12 it names the class nowhere else. */
function missingClass({ message, extra_info: info }: PromptError): readonly string[] {
  const [, told] = /^Cannot execute because node (.+) does not exist\.$/.exec(message) ?? [];
  const name = info['class_type'] ?? told;
  return typeof name === 'string' ? [name] : [];
}

function whatToInstall(missing: readonly string[]): readonly string[] {
  const names = missing.slice(0, NODES_IN_A_SENTENCE).map((name) => `"${name}"`);
  if (names.length === 0) return [];
  const others = missing.length > names.length ? ' and others' : '';
  return [
    `This ComfyUI has no node class ${names.join(', ')}${others}: install the custom node that brings it into ComfyUI, and restart ComfyUI.`,
  ];
}

/** Some outputs could run, others not: running half of what was asked for would be a silent loss. */
function partialRefusal(nodeErrors: NodeErrors): PromptRejectedError {
  return new PromptRejectedError(
    'prompt.refused',
    summarize(nodeErrors),
    locate(nodeErrors),
    firstOf(nodeErrors, TOLD_NODES),
  );
}

/** A graph of thousands of wrong nodes is told by its first ones. */
const TOLD_NODES = 100;
const NODES_IN_A_SENTENCE = 10;

function firstOf(nodeErrors: NodeErrors, count: number): NodeErrors {
  return Object.fromEntries(Object.entries(nodeErrors).slice(0, count));
}

function summarize(nodeErrors: NodeErrors): string {
  const sentences = Object.entries(firstOf(nodeErrors, NODES_IN_A_SENTENCE)).flatMap(
    ([nodeId, node]) =>
      node.errors.map(
        ({ message, details }) =>
          `Node ${nodeId} (${node.class_type}): ${message}${details ? ` (${details})` : ''}`,
      ),
  );
  const others = Object.keys(nodeErrors).length - NODES_IN_A_SENTENCE;
  return sentences.concat(others > 0 ? ['and more nodes'] : []).join('; ');
}

function plain({ message, details }: PromptError): string {
  return details && details !== message ? `${message} (${details})` : message;
}

function locate(nodeErrors: NodeErrors): string {
  const [first] = Object.entries(nodeErrors);
  if (!first) return 'prompt';
  const [nodeId, node] = first;
  const input = node.errors[0]?.extra_info['input_name'];
  return typeof input === 'string' ? `prompt.${nodeId}.inputs.${input}` : `prompt.${nodeId}`;
}
