import { Module } from '@nestjs/common';
import {
  NodePreprocessor,
  PromptRejectedError,
  type PreprocessedJob,
  type PromptNode,
} from 'comfyui-gateway/app';

const MAX_PIXELS = 2048 * 2048;

/** Nobody's picture is larger than our GPU can take. */
@NodePreprocessor('EmptyImage', 'EmptyLatentImage')
export class LargestPicture implements NodePreprocessor {
  preprocess(node: PromptNode, { nodeId }: PreprocessedJob & { nodeId: string }): PromptNode {
    const { width, height } = node.inputs;
    if (Number(width) * Number(height) <= MAX_PIXELS) return node;
    const reason = `Pictures have ${MAX_PIXELS} pixels at most`;
    throw new PromptRejectedError('prompt.refused', reason, `prompt.${nodeId}.inputs.width`);
  }
}

@Module({ providers: [LargestPicture] })
export class LargestPictureModule {}
