import { DependentOutputs } from './dependent-outputs';
import type { JsonObject, JsonValue } from './json';
import { readNodes, type KnownNodes } from './known-nodes';
import { NodeWalk } from './node.walk';
import type { ObjectInfo } from './object-info';
import type { NodeErrors, PromptError } from './prompt-errors';
import type { NodeId, PromptGraph } from './prompt-graph';
import type { ValidationRules } from './validation-rules';

export type ValidationResult =
  | {
      readonly outcome: 'valid';
      /** The graph with literals converted as ComfyUI converts them and writes them back. */
      readonly prompt: PromptGraph;
      /** Output nodes that will run, in graph order. */
      readonly outputs: readonly NodeId[];
      /** Errors of outputs that would be dropped silently; not empty means partly refused. */
      readonly nodeErrors: NodeErrors;
    }
  | { readonly outcome: 'invalid'; readonly error: PromptError; readonly nodeErrors: NodeErrors };

/**
 * Validates a prompt as `POST /prompt` of ComfyUI does, without its files and models.
 *
 * Three answers differ from the real server on purpose: nodes are looked at in the order of
 * JavaScript's objects (ids that are integers first), a graph or node that is not an object is
 * `invalid_prompt` (there: a 500), and depth has no limit.
 */
export function validatePrompt(
  prompt: JsonValue,
  objectInfo: ObjectInfo,
  rules: ValidationRules = {},
): ValidationResult {
  const nodes = readNodes(prompt, objectInfo, rules.reportsMissingNodeType === true);
  if (nodes.outcome === 'refused') {
    return { outcome: 'invalid', error: nodes.error, nodeErrors: {} };
  }
  const candidates = outputNodes(nodes.nodes, rules.targets);
  if (candidates.length === 0) return { outcome: 'invalid', error: NO_OUTPUTS, nodeErrors: {} };

  const walk = new NodeWalk(nodes.nodes, rules);
  const dependents = new DependentOutputs(rules.maxReportedNodes ?? Infinity);
  const outputs = candidates.filter((output) => {
    const { valid } = walk.validate(output);
    if (!valid) dependents.add(walk.failed, output);
    return valid;
  });
  const nodeErrors = collectErrors(dependents.byNode, walk, nodes.nodes);
  return outputs.length === 0
    ? { outcome: 'invalid', error: noValidOutputs(candidates, nodeErrors), nodeErrors }
    : { outcome: 'valid', prompt: withConversions(nodes.nodes, walk), outputs, nodeErrors };
}

function outputNodes(nodes: KnownNodes, targets: readonly NodeId[] | undefined): NodeId[] {
  const wanted = targets && new Set(targets);
  return [...nodes]
    .filter(([id, { info }]) => info.output_node && (wanted?.has(id) ?? true))
    .map(([id]) => id);
}

function collectErrors(
  dependents: ReadonlyMap<NodeId, readonly NodeId[]>,
  walk: NodeWalk,
  nodes: KnownNodes,
): NodeErrors {
  return Object.fromEntries(
    [...dependents].map(([id, outputs]) => [
      id,
      {
        errors: walk.verdictOf(id).errors,
        dependent_outputs: outputs,
        class_type: nodes.get(id)?.classType ?? '',
      },
    ]),
  );
}

/** Its details tell the errors of the reported output nodes themselves, not those further up. */
function noValidOutputs(outputs: readonly NodeId[], nodeErrors: NodeErrors): PromptError {
  const own = outputs.flatMap((id) =>
    Object.hasOwn(nodeErrors, id) ? (nodeErrors[id]?.errors ?? []) : [],
  );
  return {
    type: 'prompt_outputs_failed_validation',
    message: 'Prompt outputs failed validation',
    details: own.map(({ message, details }) => `${message}: ${details}`).join('\n'),
    extra_info: {},
  };
}

function withConversions(nodes: KnownNodes, walk: NodeWalk): PromptGraph {
  return Object.fromEntries(
    [...nodes].map(([id, { node }]) => {
      const changed = walk.conversions.get(id);
      return [id, changed === undefined ? node : { ...node, inputs: rewrite(node, changed) }];
    }),
  ) as unknown as PromptGraph;
}

function rewrite(node: JsonObject, changed: ReadonlyMap<string, JsonValue>): JsonObject {
  return Object.fromEntries(
    Object.entries(node['inputs'] ?? {}).map(([name, value]) => [name, changed.get(name) ?? value]),
  );
}

const NO_OUTPUTS: PromptError = {
  type: 'prompt_no_outputs',
  message: 'Prompt has no outputs',
  details: '',
  extra_info: {},
};
