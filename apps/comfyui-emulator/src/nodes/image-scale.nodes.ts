import type { KernelEnum } from 'sharp';

import { mapFrames, pipeline, toRaw } from '../media/pixels';
import { choice, float, image, int, MAX_RESOLUTION, type NumberOptions } from './node-input';
import { give, v1Node, v3Node, type NodeTable } from './node-spec';
import type { ImageBatch } from './values';

const METHODS = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'] as const;
const SIDE: NumberOptions = { default: 512, min: 0, max: MAX_RESOLUTION, step: 1 };

/** Changing the size. */
export const imageScaleNodes = {
  ImageScale: v1Node({
    category: 'image/upscaling',
    title: 'Upscale Image',
    required: {
      image: image(),
      upscale_method: choice(METHODS),
      width: int(SIDE),
      height: int(SIDE),
      crop: choice(['disabled', 'center']),
    },
    outputs: ['IMAGE'],
    run: async ({ image, upscale_method, width, height, crop }) => {
      if (width === 0 && height === 0) return give(image);
      const size = {
        width: width || Math.max(1, Math.round((image.width * height) / image.height)),
        height: height || Math.max(1, Math.round((image.height * width) / image.width)),
      };
      return give(await scaleImage(image, size, upscale_method, crop === 'center'));
    },
  }),

  ImageScaleBy: v1Node({
    category: 'image/upscaling',
    title: 'Upscale Image By',
    required: {
      image: image(),
      upscale_method: choice(METHODS),
      scale_by: float({ default: 1, min: 0.01, max: 8, step: 0.01 }),
    },
    outputs: ['IMAGE'],
    run: async ({ image, upscale_method, scale_by }) =>
      give(await scaleImage(image, scaledBy(image, scale_by), upscale_method)),
  }),

  ImageScaleToTotalPixels: v3Node({
    module: 'comfy_extras.nodes_post_processing',
    category: 'image/upscaling',
    required: {
      image: image(),
      upscale_method: choice(METHODS),
      megapixels: float({ default: 1, min: 0.01, max: 16, step: 0.01 }),
    },
    outputs: ['IMAGE'],
    run: async ({ image, upscale_method, megapixels }) => {
      const factor = Math.sqrt((megapixels * 1024 * 1024) / (image.width * image.height));
      return give(await scaleImage(image, scaledBy(image, factor), upscale_method));
    },
  }),
} satisfies NodeTable;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export async function scaleImage(
  image: ImageBatch,
  size: Size,
  method = 'lanczos',
  cropToAspect = false,
): Promise<ImageBatch> {
  if (image.width === size.width && image.height === size.height) return image;
  const frames = await mapFrames(image.frames, (frame) => {
    const resized = pipeline(image, frame).resize({
      ...size,
      fit: cropToAspect ? 'cover' : 'fill',
      kernel: kernelOf(method),
    });
    return toRaw(resized, image.channels);
  });
  return { ...image, ...size, frames };
}

function scaledBy({ width, height }: Size, factor: number): Size {
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}

function kernelOf(method: string): keyof KernelEnum {
  switch (method) {
    case 'nearest-exact':
      return 'nearest';
    case 'bicubic':
      return 'cubic';
    case 'lanczos':
      return 'lanczos3';
    default:
      return 'linear';
  }
}
