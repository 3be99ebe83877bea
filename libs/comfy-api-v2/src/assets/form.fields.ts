import type { AssetFields } from '@gateway/assets';

import { InvalidRequestError } from '../comfy-api-v2.errors';
import { invalidFields } from '../error-envelope';
import { uploadFieldsSchema } from './asset.dto';

/** The texts of an upload's form, gathered as they come. `tags` comes once for each. */
export class FormFields {
  private readonly texts = new Map<string, string>();
  private readonly tags: string[] = [];

  /** @throws InvalidRequestError `request.invalid` */
  add(name: string, value: string, isTruncated: boolean): void {
    if (isTruncated) throw new InvalidRequestError(`${name}: is longer than 64 KiB`);
    if (name === 'tags') this.tags.push(value);
    else this.texts.set(name, value);
  }

  /** @throws InvalidRequestError `request.invalid`, naming every field that is wrong */
  read(): AssetFields {
    const tags = this.tags.length > 0 ? { tags: this.tags } : {};
    const read = uploadFieldsSchema.safeParse({ ...Object.fromEntries(this.texts), ...tags });
    if (!read.success) throw new InvalidRequestError(...invalidFields(read.error.issues));
    const { content_type, file_path, expected_hash, expires_in } = read.data;
    return {
      contentType: content_type,
      filePath: file_path,
      tags: read.data.tags,
      expectedHash: expected_hash,
      expiresInS: expires_in,
    };
  }
}
