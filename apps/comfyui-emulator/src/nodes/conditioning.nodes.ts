import { clip, text } from './node-input';
import type { NodeTable } from './node-spec';
import { simulatedNode } from './simulated';

/** Prompts and what is done to them. */
export const conditioningNodes = {
  CLIPTextEncode: simulatedNode({
    category: 'conditioning',
    title: 'CLIP Text Encode (Prompt)',
    description:
      'Encodes a text prompt using a CLIP model into an embedding that can be used to guide the diffusion model towards generating specific images.',
    required: { text: text({ multiline: true, dynamicPrompts: true }), clip: clip() },
    outputs: ['CONDITIONING'],
  }),
} satisfies NodeTable;
