import type { JsonObject, JsonValue } from './json';
import type { InputConfig, NodeClassInfo } from './object-info';

/** An input a class declares, under its name. */
export interface DeclaredInput {
  readonly name: string;
  readonly config: InputConfig;
  readonly required: boolean;
}

/** A class's inputs, required before optional; the real server's order is that of a Python set. */
export function declaredInputs({ input }: NodeClassInfo): readonly DeclaredInput[] {
  const declared = new Map<string, DeclaredInput>();
  for (const [name, config] of readable(input.required)) {
    declared.set(name, { name, config, required: !isDynamic(config) });
  }
  for (const [name, config] of readable(input.optional)) {
    if (!declared.has(name)) declared.set(name, { name, config, required: false });
  }
  return [...declared.values()];
}

/** `input_config` as ComfyUI reports it: always a pair. */
export function inputConfig({ config }: DeclaredInput): readonly [JsonValue, JsonObject] {
  return [config[0], config[1] ?? {}];
}

/** Custom nodes declare what they like; what is not a pair cannot be checked. */
function readable(
  inputs: Readonly<Record<string, InputConfig>> | undefined,
): readonly (readonly [string, InputConfig])[] {
  return Object.entries(inputs ?? {}).filter(
    ([, config]) => Array.isArray(config) && config.length > 0,
  );
}

/** Since 0.4.0: the values come under dotted names (`model.width`), the name itself may be absent. */
function isDynamic([type]: InputConfig): boolean {
  return typeof type === 'string' && /^COMFY_(?:AUTOGROW|DYNAMIC)/.test(type);
}
