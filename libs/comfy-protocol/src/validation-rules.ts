import type { JsonValue } from './json';
import type { NodeId } from './prompt-graph';

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
  /**
   * Whether slots and types of links from or to this class are binding. Default: always. Custom
   * nodes may accept any type or have more outputs than they list, by means `/object_info` hides.
   */
  readonly checksLinks?: (classType: string) => boolean;
  /** Whether an unknown class is a `missing_node_type`, as since 0.12. Default: `invalid_prompt`. */
  readonly reportsMissingNodeType?: boolean;
  /** Whether nodes of a cycle get a `dependency_cycle` error, as since 0.20. Default: no error. */
  readonly reportsCycles?: boolean;
  /**
   * How many failed nodes are reported, the first ones found; at least 1. ComfyUI lists all of them,
   * which for 40,000 bad outputs makes an answer of 45 MB. Whether the prompt is valid does not
   * depend on it. Default: all of them.
   */
  readonly maxReportedNodes?: number;
}
