import { digestOf } from './digest';
import type { NodeResult } from './node-class';
import { v1Node, type InputTable, type NodeDefinition, type NodeSpec } from './node-spec';
import type { Opaque } from './values';

type SimulatedSpec<R extends InputTable, O extends InputTable> = Omit<NodeSpec<R, O>, 'run'>;

/**
 * A class whose outputs are only digests of how they came about: each follows from the class, the
 * slot and all inputs, so that a changed model, prompt or setting changes every picture after it.
 */
export function simulatedNode<R extends InputTable, O extends InputTable>(
  spec: SimulatedSpec<R, O>,
): NodeDefinition {
  return (name) =>
    v1Node<R, O>({ ...spec, run: (inputs) => simulate(name, spec.outputs, inputs) })(name);
}

function simulate(name: string, types: readonly string[], inputs: object): NodeResult {
  const motion = animates(inputs) ? ({ animates: true } as const) : {};
  return {
    outputs: types.map((type, slot) => ({ ...opaqueValue(type, name, slot, inputs), ...motion })),
  };
}

/** Whether a motion model is among these inputs. */
export function animates(inputs: object): boolean {
  return Object.values(inputs).some(
    (input: unknown) =>
      typeof input === 'object' && input !== null && 'animates' in input && input.animates === true,
  );
}

export function opaqueValue(type: string, ...origin: readonly unknown[]): Opaque {
  return { kind: 'opaque', type, digest: digestOf(type, ...origin) };
}
