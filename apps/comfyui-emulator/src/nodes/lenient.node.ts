import { paintScene } from '../media/scene';
import { digestOf } from './digest';
import { savePngs } from './image-save.nodes';
import type { NodeClass, NodeContext, NodeInputs, NodeResult } from './node-class';
import type { EmulatedValue, ImageBatch } from './values';

/**
 * Stands in for a class that is not installed. What its slots carry is unknown, so each gives the
 * first value it was linked to; without one, a picture that its literals decide. It counts as an
 * output node, since nobody can tell, and saves when it is given images and a `filename_prefix`.
 * It declares no inputs and relies on being passed all of them.
 */
export function lenientNode(classType: string): NodeClass {
  return {
    describe: () => ({
      input: { required: {} },
      input_order: { required: [] },
      output: SLOTS,
      output_is_list: SLOTS.map(() => false),
      output_name: SLOTS,
      name: classType,
      display_name: classType,
      description: 'Not installed; simulated from its inputs.',
      python_module: 'custom_nodes.lenient',
      category: 'lenient',
      output_node: true,
    }),
    run: (inputs, context) => runLeniently(classType, inputs, context),
  };
}

/** More slots than most classes have, each taken for any type. */
const SLOTS: readonly string[] = Array<string>(8).fill('*');

async function runLeniently(
  classType: string,
  inputs: NodeInputs,
  context: NodeContext,
): Promise<NodeResult> {
  const linked = Object.values(inputs).find(isEmulatedValue);
  const value = linked ?? (await makeImage(classType, inputs));
  const images = Object.values(inputs).find(isImageBatch);
  const prefix = inputs['filename_prefix'];
  const outputs = SLOTS.map(() => value);
  if (images === undefined || typeof prefix !== 'string') return { outputs };
  return { outputs, ui: { images: await savePngs(images, prefix, 'output', context) } };
}

async function makeImage(classType: string, inputs: NodeInputs): Promise<ImageBatch> {
  const size = { width: sideOf(inputs['width']), height: sideOf(inputs['height']) };
  const frame = await paintScene({ ...size, seed: digestOf(classType, inputs) });
  return { kind: 'image', ...size, channels: 3, frames: [frame] };
}

function sideOf(value: unknown): number {
  return typeof value === 'number' && value >= 1 && value <= 4096 ? Math.trunc(value) : 512;
}

function isEmulatedValue(value: unknown): value is EmulatedValue {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function isImageBatch(value: unknown): value is ImageBatch {
  return isEmulatedValue(value) && value.kind === 'image';
}
