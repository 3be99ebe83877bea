import { inputConfig, type DeclaredInput } from './declared-input';
import type { JsonValue } from './json';
import type { NodeInputError } from './prompt-errors';
import type { NodeId } from './prompt-graph';
import type { PythonException } from './python-values';

/** A link on the way from an output to the node that is being validated. */
export interface FollowedLink {
  readonly input: DeclaredInput;
  readonly value: JsonValue;
}

/** ComfyUI catches an exception one link below: only an output node's own has no link above it. */
export function exceptionError(
  { type, text }: PythonException,
  link: FollowedLink | undefined,
): NodeInputError {
  if (link === undefined) {
    return {
      type: 'exception_during_validation',
      message: 'Exception when validating node',
      details: text,
      extra_info: { exception_type: type, traceback: [] },
    };
  }
  return {
    type: 'exception_during_inner_validation',
    message: 'Exception when validating inner node',
    details: text,
    extra_info: {
      input_name: link.input.name,
      input_config: inputConfig(link.input),
      exception_message: text,
      exception_type: type,
      traceback: [],
      linked_node: link.value,
    },
  };
}

/** Since 0.20; `details` tells the whole cycle. */
export function cycleError(
  id: NodeId,
  members: readonly NodeId[],
  details: string,
): NodeInputError {
  return {
    type: 'dependency_cycle',
    message: 'Dependency cycle detected',
    details,
    extra_info: { node_id: id, cycle_nodes: members },
  };
}
