import { Module } from '@nestjs/common';
import { GraphPreprocessor, type PreprocessedJob, type PromptGraph } from 'comfyui-gateway/app';

/** Pictures of callers who pay nothing are blurred before they are saved. */
@GraphPreprocessor()
export class FreeTier implements GraphPreprocessor {
  preprocess(graph: PromptGraph, { extraData }: PreprocessedJob): PromptGraph {
    if (extraData['tier'] !== 'free') return graph;
    const nodes = Object.entries(graph).flatMap(([id, node]) => {
      const images = node.inputs['images'];
      if (node.class_type !== 'SaveImage' || images === undefined) return [[id, node] as const];
      const blur = { image: images, blur_radius: 8, sigma: 4 };
      return [
        [`${id}-blur`, { class_type: 'ImageBlur', inputs: blur }] as const,
        [id, { ...node, inputs: { ...node.inputs, images: [`${id}-blur`, 0] } }] as const,
      ];
    });
    return Object.fromEntries(nodes);
  }
}

@Module({ providers: [FreeTier] })
export class FreeTierModule {}
