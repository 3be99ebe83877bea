import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const EXAMPLE_ID = '9f8a1c0d-2b3e-4f56-8a7b-1c2d3e4f5a6b';
const EXAMPLE_HASH = 'blake3:ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f';

const hash = z.string().meta({ example: EXAMPLE_HASH });

const MIME = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}(?:[ \t]*;[\x20-\x7e]{0,255})?$/i;

const contentType = z
  .string()
  .regex(MIME, 'must be a media type, such as image/png')
  .meta({ example: 'image/png' });

const filePath = z
  .string()
  .min(1)
  .describe(
    'Name of the file, with folders if wished. `models/<folder>/<name>.safetensors` goes into the ' +
      'model folder of the engine, where that is allowed.',
  )
  .meta({ example: 'photo.png' });

const tags = z.array(z.string().max(256)).max(64).describe('Category tags, such as `input`.');

const expiresIn = z
  .int()
  .min(60)
  .max(604_800)
  .describe('Seconds that it is kept, instead of the default.')
  .meta({ example: 86_400 });

/** The fields of an upload beside its file, as text. */
export const uploadFieldsSchema = z.object({
  content_type: contentType,
  file_path: filePath,
  expected_hash: hash.optional().describe('What the bytes should hash to.'),
  tags: tags.optional(),
  expires_in: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(expiresIn)
    .optional(),
});

const fromHashSchema = z.object({
  hash,
  file_path: filePath.optional(),
  tags: tags.optional(),
  expires_in: expiresIn.optional(),
});

export class FromHashDto extends createZodDto(fromHashSchema) {}

const assetSchema = z
  .object({
    id: z.string().meta({ example: EXAMPLE_ID }),
    hash: hash.nullable().describe('`null` while it was not computed yet.'),
    size_bytes: z.number().meta({ example: 4_816_293 }),
    content_type: z.string().meta({ example: 'image/png' }),
    file_path: z.string().nullable().meta({ example: 'photo.png' }),
    created_new: z
      .boolean()
      .optional()
      .describe('When it was created: whether its bytes were new to us.'),
    created_at: z.iso.datetime(),
    url: z.string().describe('Where its bytes are.'),
    url_expires_at: z.iso.datetime().describe('Ask for the asset again after this.'),
    expires_at: z.iso.datetime().nullable().describe('`null`: it is kept.'),
    job_id: z.string().optional().describe('The job that made it; absent for uploads.'),
  })
  .describe('A record over bytes that never change.');

export class AssetDto extends createZodDto(assetSchema) {}

export type AssetBody = z.infer<typeof assetSchema>;

/** The form of an upload, for the document; Nest cannot tell it from the code. */
export const UPLOAD_FORM = {
  type: 'object',
  required: ['file', 'content_type', 'file_path'],
  properties: {
    file: { type: 'string', format: 'binary', description: 'The bytes.' },
    content_type: { type: 'string', example: 'image/png' },
    file_path: { type: 'string', example: 'photo.png', description: filePath.description ?? '' },
    expected_hash: { type: 'string', example: EXAMPLE_HASH },
    tags: { type: 'array', items: { type: 'string' } },
    expires_in: { type: 'integer', minimum: 60, maximum: 604_800, example: 86_400 },
  },
};
