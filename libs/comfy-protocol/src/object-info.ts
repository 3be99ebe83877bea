import type { JsonObject, JsonValue } from './json';

/** `GET /object_info`: class name → what the node takes and gives. */
export type ObjectInfo = Readonly<Record<string, NodeClassInfo>>;

/** One node class. Later versions of ComfyUI add keys, so unknown ones are allowed. */
export interface NodeClassInfo {
  readonly input: {
    readonly required?: Readonly<Record<string, InputConfig>>;
    readonly optional?: Readonly<Record<string, InputConfig>>;
    readonly hidden?: JsonObject;
  };
  readonly input_order?: JsonValue;
  /** Type of each output slot, such as `IMAGE`. */
  readonly output: readonly JsonValue[];
  readonly output_is_list?: readonly boolean[];
  readonly output_name?: readonly string[] | null;
  readonly name: string;
  readonly display_name?: string | null;
  readonly description?: string | null;
  /** `nodes` and `comfy_extras.*` are core; anything else is a custom node. */
  readonly python_module?: string;
  readonly category?: string;
  readonly output_node: boolean;
  readonly deprecated?: boolean | null;
  readonly experimental?: boolean | null;
  readonly api_node?: boolean | null;
}

/**
 * An input's type and options: `["INT", { default, min, max, … }]`, a V1 combo
 * `[["a", "b"], { … }]`, or a V3 combo `["COMBO", { options: ["a", "b"] }]`.
 */
export type InputConfig = readonly [InputType, InputOptions?];
export type InputType = string | readonly JsonValue[];
export type InputOptions = JsonObject;

/** The choices of a combo input of either generation; `undefined` for any other type. */
export function comboOptions(config: InputConfig): readonly JsonValue[] | undefined {
  const [type, options] = config;
  if (Array.isArray(type)) return type as readonly JsonValue[];
  const listed = options?.['options'];
  return type === 'COMBO' && Array.isArray(listed) ? (listed as readonly JsonValue[]) : undefined;
}
