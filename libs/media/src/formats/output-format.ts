import type { Sharp } from 'sharp';
import type { z } from 'zod';

/** One format that `convert_output` can produce. A new one is a file beside this and a line in the list. */
export interface OutputFormat<Options extends z.ZodObject = z.ZodObject> {
  /** Values of `convert_output.format`; each is also the file extension it gives. */
  readonly names: readonly [string, ...string[]];
  readonly contentType: string;
  /** Frames of an animation survive. */
  readonly animated: boolean;
  readonly options: Options;
  encode(image: Sharp, options: z.infer<Options>): Sharp;
}

/** Types `encode` from the schema beside it. */
export function defineFormat<Options extends z.ZodObject>(
  format: OutputFormat<Options>,
): OutputFormat<Options> {
  return format;
}
