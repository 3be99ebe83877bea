import type { InputConfig, ObjectInfo } from '@gateway/comfy-protocol';

/** The declared config of one input, required or optional. */
export function inputConfig(
  info: ObjectInfo,
  classType: string,
  input: string,
): InputConfig | undefined {
  const inputs = info[classType]?.input;
  return inputs?.required?.[input] ?? inputs?.optional?.[input];
}

/** Core nodes ship with ComfyUI; the others may check their inputs in ways nobody can see. */
export function isCoreClass(info: ObjectInfo, classType: string): boolean {
  const module = info[classType]?.python_module ?? '';
  return module === 'nodes' || /^(comfy_extras|comfy_api_nodes)\./.test(module);
}
