import { z } from 'zod';

import { avifFormat } from './formats/avif.format';
import { jpegFormat } from './formats/jpeg.format';
import type { OutputFormat } from './formats/output-format';
import { pngFormat } from './formats/png.format';
import { webpFormat } from './formats/webp.format';

/** Every format `convert_output` knows. */
const OUTPUT_FORMATS: readonly OutputFormat[] = [pngFormat, jpegFormat, webpFormat, avifFormat].map(
  erase,
);

type ConversionMember = ReturnType<typeof conversionTo>;

/** `convert_output`: a format and the options of that format, and no others. */
export const outputConversionSchema = z.discriminatedUnion(
  'format',
  OUTPUT_FORMATS.map(conversionTo) as [ConversionMember, ...ConversionMember[]],
);

export type OutputConversion = z.infer<typeof outputConversionSchema>;

/** The format behind a name such as `jpg`. */
export function formatNamed(name: string): OutputFormat {
  const format = OUTPUT_FORMATS.find(({ names }) => names.includes(name));
  if (!format) throw new RangeError(`No output format is called "${name}"`);
  return format;
}

function conversionTo(format: OutputFormat) {
  return z
    .strictObject({
      format: z.enum(format.names).describe('Also the extension of the converted file.'),
      options: format.options.optional().describe('Encoder options, as sharp names them.'),
    })
    .meta({
      title: `Convert to ${format.names[0].toUpperCase()}`,
      description: format.description,
    });
}

/** The list holds formats with different options; each validates its own before it encodes. */
function erase(format: unknown): OutputFormat {
  return format as OutputFormat;
}
