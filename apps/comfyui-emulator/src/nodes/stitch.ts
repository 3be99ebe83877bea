import { paste, plain } from '../media/paste';
import { convertChannels } from './image-batch.nodes';
import { scaleImage } from './image-scale.nodes';
import type { ImageBatch } from './values';

export const STITCH_DIRECTIONS = ['right', 'down', 'left', 'up'] as const;

export const STITCH_COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  white: [255, 255, 255],
  black: [0, 0, 0],
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
};

export interface StitchLayout {
  readonly direction: string;
  readonly match_image_size: boolean;
  readonly spacing_width: number;
  readonly spacing_color: string;
}

/** Puts the second picture beside the first; the smaller one is centred on black unless matched. */
export async function stitch(
  first: ImageBatch,
  second: ImageBatch,
  layout: StitchLayout,
): Promise<ImageBatch> {
  const isRow = layout.direction === 'right' || layout.direction === 'left';
  const sized = layout.match_image_size ? await matchSize(second, first, isRow) : second;
  const [one, two] = await Promise.all([convertChannels(first, 3), convertChannels(sized, 3)]);
  const comesFirst = layout.direction === 'right' || layout.direction === 'down';
  const [before, after] = comesFirst ? [one, two] : [two, one];
  // ComfyUI rounds the gap up to an even number.
  const gap = layout.spacing_width + (layout.spacing_width % 2);
  const count = Math.max(one.frames.length, two.frames.length);
  const place = isRow ? placeInRow(before, after, gap) : placeInColumn(before, after, gap);
  const spacing = plain(
    place.gap.width,
    place.gap.height,
    STITCH_COLOURS[layout.spacing_color] ?? BLACK,
  );
  const canvas = paste(
    plain(place.width, place.height, BLACK),
    spacing,
    place.gap.left,
    place.gap.top,
  );
  const frames = Array.from({ length: count }, (_, index) => {
    const laid = paste(canvas, { ...before, pixels: frameAt(before, index) }, ...place.before);
    return paste(laid, { ...after, pixels: frameAt(after, index) }, ...place.after).pixels;
  });
  return { kind: 'image', width: place.width, height: place.height, channels: 3, frames };
}

const BLACK = [0, 0, 0] as const;

function matchSize(image: ImageBatch, like: ImageBatch, isRow: boolean): Promise<ImageBatch> {
  const factor = isRow ? like.height / image.height : like.width / image.width;
  const size = isRow
    ? { width: Math.max(1, Math.floor(image.width * factor)), height: like.height }
    : { width: like.width, height: Math.max(1, Math.floor(image.height * factor)) };
  return scaleImage(image, size, 'lanczos');
}

interface Placement {
  readonly width: number;
  readonly height: number;
  readonly before: readonly [left: number, top: number];
  readonly after: readonly [left: number, top: number];
  readonly gap: { left: number; top: number; width: number; height: number };
}

function placeInRow(before: ImageBatch, after: ImageBatch, gap: number): Placement {
  const height = Math.max(before.height, after.height);
  return {
    width: before.width + gap + after.width,
    height,
    before: [0, Math.floor((height - before.height) / 2)],
    after: [before.width + gap, Math.floor((height - after.height) / 2)],
    gap: { left: before.width, top: 0, width: gap, height },
  };
}

function placeInColumn(before: ImageBatch, after: ImageBatch, gap: number): Placement {
  const width = Math.max(before.width, after.width);
  return {
    width,
    height: before.height + gap + after.height,
    before: [Math.floor((width - before.width) / 2), 0],
    after: [Math.floor((width - after.width) / 2), before.height + gap],
    gap: { left: 0, top: before.height, width, height: gap },
  };
}

/** A shorter batch repeats its last frame. */
function frameAt({ frames }: ImageBatch, index: number): Buffer {
  return frames[Math.min(index, frames.length - 1)] ?? Buffer.alloc(0);
}
