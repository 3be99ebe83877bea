import { z } from 'zod';

import type { OutputFormat } from './formats/output-format';

/** `convert_output`: a format by one of its names, and options of that format. */
export interface OutputConversion {
  readonly format: string;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** Takes a format and the options of that format, and no others. */
export function conversionSchema(formats: readonly OutputFormat[]): z.ZodType<OutputConversion> {
  const members = formats.map(conversionTo);
  return z.discriminatedUnion('format', members as [ConversionMember, ...ConversionMember[]]);
}

type ConversionMember = ReturnType<typeof conversionTo>;

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
