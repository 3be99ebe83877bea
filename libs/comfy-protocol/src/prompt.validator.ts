import type { JsonValue } from './json';
import type { ObjectInfo } from './object-info';
import type { NodeErrors, PromptError } from './prompt-errors';
import type { NodeId, PromptGraph } from './prompt-graph';

/** What `/object_info` alone cannot tell about the engine's rules. */
export interface ValidationRules {
  /** Run only these output nodes; all of them when absent. */
  readonly targets?: readonly NodeId[];
  /**
   * A node's own check of one input (`VALIDATE_INPUTS` in ComfyUI): `undefined` when the class does
   * not check this input itself, `true` when it is content, a text (may be empty) when it is not.
   * An input that is checked this way is exempt from bounds and lists.
   */
  readonly customCheck?: (check: {
    readonly classType: string;
    readonly input: string;
    readonly value: JsonValue;
  }) => true | string | undefined;
  /** Whether declared bounds and lists of this class are binding. Default: always. */
  readonly checksBounds?: (classType: string) => boolean;
  /** Whether `["COMBO", { options }]` lists are checked; ComfyUI does since 0.8.0. Default: no. */
  readonly checksV3Combos?: boolean;
}

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

/** PLACEHOLDER: being written. */
export function validatePrompt(
  _prompt: JsonValue,
  _objectInfo: ObjectInfo,
  _rules: ValidationRules = {},
): ValidationResult {
  throw new Error('being written');
}
