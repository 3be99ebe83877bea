import type { Sharp } from 'sharp';
import type { z } from 'zod';

/**
 * One format that `convert_output` can produce. A new one is a file beside this and a line in the
 * list, or comes with an extension.
 *
 * Of ours, the options are sharp's, under sharp's names and with sharp's ranges, but for `force`: it tells
 * sharp whether to fall back to the format of the source, and here the format is what was asked for.
 */
export interface OutputFormat<Options extends z.ZodObject = z.ZodObject> {
  /** Values of `convert_output.format`; each is also the file extension it gives. */
  readonly names: readonly [string, ...string[]];
  readonly contentType: string;
  /** For the API's documentation: what becomes of animations, transparency and deep colour. */
  readonly description: string;
  /** Frames of an animation survive; the options then include sharp's `loop` and `delay`. */
  readonly animated?: boolean;
  readonly options: Options;
  /** Whether more than 8 bits per channel survive under these options; they do not when absent. */
  isDeep?(options: z.infer<Options>): boolean;
  /** What sharp is to write, or the bytes themselves where it cannot. */
  encode(image: Sharp, options: z.infer<Options>): Sharp | Uint8Array | Promise<Uint8Array>;
}

/** Types `encode` from the schema beside it. */
export function defineFormat<Options extends z.ZodObject>(
  format: OutputFormat<Options>,
): OutputFormat<Options> {
  return format;
}
