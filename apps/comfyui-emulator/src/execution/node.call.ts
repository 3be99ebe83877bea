import { isLink, type JsonValue, type NodeUi, type PromptNode } from '@gateway/comfy-protocol';

import type { NodeClass, NodeContext } from '../nodes/node-class';
import type { NodeTraits } from './node.library';
import type { NodeRecord } from './result.cache';

/** Values by input name: one, or several when the source gives a list. */
export type GatheredInputs = Readonly<Record<string, readonly unknown[]>>;

/** Literals as they stand, links replaced by what the source's slot holds. */
export function gatherInputs(
  node: PromptNode,
  recordOf: (nodeId: string) => NodeRecord | undefined,
): GatheredInputs {
  return Object.fromEntries(
    Object.entries(node.inputs).map(([name, value]) => [
      name,
      isLink(value) ? (recordOf(value[0])?.outputs[value[1]] ?? [null]) : [value],
    ]),
  );
}

/**
 * Calls a node once per list element, shorter lists repeating their last value, and joins results
 * slot by slot and ui dicts key by key.
 */
export async function callNode(
  nodeClass: NodeClass,
  traits: NodeTraits,
  inputs: GatheredInputs,
  context: NodeContext,
): Promise<Pick<NodeRecord, 'outputs' | 'ui'>> {
  const calls = Math.max(1, ...Object.values(inputs).map((values) => values.length));
  const outputs: unknown[][] = [];
  const uis: NodeUi[] = [];
  for (let call = 0; call < calls; call += 1) {
    const result = await nodeClass.run(pick(inputs, call), context);
    result.outputs.forEach((value, slot) => {
      const values = (outputs[slot] ??= []);
      const isList = traits.outputIsList[slot] === true && Array.isArray(value);
      values.push(...(isList ? (value as readonly unknown[]) : [value]));
    });
    if (result.ui !== undefined) uis.push(result.ui);
  }
  const ui = joinUis(uis);
  return ui === undefined ? { outputs } : { outputs, ui };
}

function pick(inputs: GatheredInputs, call: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, values[call] ?? values.at(-1)]),
  );
}

function joinUis(uis: readonly NodeUi[]): NodeUi | undefined {
  const [first] = uis;
  if (first === undefined || uis.length === 1) return first;
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, uis.flatMap((ui) => itemsOf(ui[key]))]),
  );
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}
