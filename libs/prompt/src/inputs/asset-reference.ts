import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PromptGraph,
} from '@gateway/comfy-protocol';

/** An asset that stands where a file name would: `{"__type": "core/ASSET", "info": {"id": …}}`. */
export interface AssetReference {
  readonly nodeId: string;
  readonly input: string;
  /** `undefined`: it names none. */
  readonly id: string | undefined;
}

/** Every reference in a graph, at any depth of its inputs. */
export function findAssets(prompt: PromptGraph): readonly AssetReference[] {
  if (!holdsReference(prompt as unknown as JsonValue)) return [];
  return Object.entries(prompt).flatMap(([nodeId, { inputs }]) =>
    Object.entries(inputs).flatMap(([input, value]) =>
      referencesIn(value).map((reference) => ({ nodeId, input, id: idOf(reference) })),
    ),
  );
}

/** With names in place of references; those without a name, and the original, stay as they are. */
export function withAssetNames<Value extends JsonValue | PromptGraph>(
  prompt: Value,
  nameOf: (id: string | undefined) => string | undefined,
): Value {
  const value = prompt as JsonValue;
  return holdsReference(value) ? (replaced(value, nameOf) as Value) : prompt;
}

/** The graph as ComfyUI will see it, as far as that can be told before files are written. */
export function withAssetsNamed<Value extends JsonValue | PromptGraph>(prompt: Value): Value {
  return withAssetNames(prompt, () => 'asset');
}

/** Most graphs have none, and every one is asked several times: this look makes nothing. */
function holdsReference(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some(holdsReference);
  if (isReference(value)) return true;
  const node = value as JsonObject;
  for (const key in node) if (holdsReference(node[key] ?? null)) return true;
  return false;
}

function referencesIn(value: JsonValue): readonly JsonValue[] {
  if (isReference(value)) return [value];
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(referencesIn);
  return isJsonObject(value) ? Object.values(value).flatMap(referencesIn) : [];
}

function replaced(
  value: JsonValue,
  nameOf: (id: string | undefined) => string | undefined,
): JsonValue {
  if (isReference(value)) return nameOf(idOf(value)) ?? value;
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[];
    const next = items.map((item) => replaced(item, nameOf));
    return next.some((item, index) => item !== items[index]) ? next : items;
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(
    ([key, item]) => [key, replaced(item, nameOf)] as const,
  );
  return entries.some(([key, item]) => item !== value[key]) ? Object.fromEntries(entries) : value;
}

function isReference(value: JsonValue): boolean {
  return isJsonObject(value) && value['__type'] === 'core/ASSET';
}

function idOf(reference: JsonValue): string | undefined {
  const info = isJsonObject(reference) ? reference['info'] : undefined;
  const id = isJsonObject(info) ? info['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}
