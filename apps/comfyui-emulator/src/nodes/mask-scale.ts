import { mapFrames, pipeline, toRaw } from '../media/pixels';
import type { Size } from './image-scale.nodes';
import type { MaskBatch } from './values';

/** The mask stretched to a picture's size. */
export async function scaleMask(mask: MaskBatch, { width, height }: Size): Promise<MaskBatch> {
  if (mask.width === width && mask.height === height) return mask;
  const frames = await mapFrames(mask.frames, (frame) =>
    toRaw(
      pipeline({ ...mask, channels: 1 }, frame).resize({
        width,
        height,
        fit: 'fill',
        kernel: 'linear',
      }),
      1,
    ),
  );
  return { ...mask, width, height, frames };
}
