import { z } from 'zod';

import { avifFormat } from './formats/avif.format';
import { jpegFormat } from './formats/jpeg.format';
import type { OutputFormat } from './formats/output-format';
import { pngFormat } from './formats/png.format';
import { webpFormat } from './formats/webp.format';
import { conversionSchema, type OutputConversion } from './output-conversion';

/** The formats that every gateway has. */
const OWN_FORMATS: readonly OutputFormat[] = [pngFormat, jpegFormat, webpFormat, avifFormat].map(
  erase,
);
const OWN_SCHEMA = conversionSchema(OWN_FORMATS);

/** Every format that `convert_output` knows: ours, and those that are added at the start. */
export class OutputFormats {
  private formats = OWN_FORMATS;
  private current = OWN_SCHEMA;

  /** Of `convert_output`, with all the formats there are now. */
  get schema(): z.ZodType<OutputConversion> {
    return this.current;
  }

  get hasAdded(): boolean {
    return this.formats !== OWN_FORMATS;
  }

  /** @throws RangeError when it is no format, or one of its names is taken. */
  add(format: OutputFormat): void {
    const { error } = formatSchema.safeParse(format);
    if (error) throw new RangeError(error.issues.map(describe).join('; '));
    const taken = format.names.find((name) => this.find(name));
    if (taken !== undefined) throw new RangeError(`There is a format "${taken}" already`);
    this.formats = [...this.formats, format];
    this.current = conversionSchema(this.formats);
  }

  /**
   * The format behind a name such as `jpg`.
   *
   * @throws RangeError
   */
  named(name: string): OutputFormat {
    const format = this.find(name);
    if (!format) throw new RangeError(`No output format is called "${name}"`);
    return format;
  }

  private find(name: string): OutputFormat | undefined {
    return this.formats.find(({ names }) => names.includes(name));
  }
}

/** Formats that come from elsewhere were compiled by nobody we know. */
const formatSchema = z.object({
  names: z
    .array(z.string().regex(/^[a-z0-9]+$/, 'must be file extensions in small letters'))
    .min(1, 'must not be empty'),
  contentType: z.string('must be a content type').regex(/^image\//, 'must begin with image/'),
  description: z.string('must be a text'),
  options: z.custom(
    (value) => value instanceof z.ZodObject,
    "must be a z.object() of the host's Zod",
  ),
  encode: z.custom((value) => typeof value === 'function', 'must be a function'),
});

function describe({ path, message }: z.core.$ZodIssue): string {
  return `"${path.map(String).join('.')}" ${message}`;
}

/** The list holds formats with different options; each validates its own before it encodes. */
function erase(format: unknown): OutputFormat {
  return format as OutputFormat;
}
