import { createHmac } from 'node:crypto';

import { InvalidSecretError } from '../webhook.errors';

export interface Signature {
  /** Value of the `webhook-signature` header. */
  readonly value: string;
  /** How many bytes were signed. */
  readonly sizeBytes: number;
}

/** Signs as https://www.standardwebhooks.com says, without holding what it signs. */
export class WebhookSigner {
  private readonly key: Buffer;

  /** @throws InvalidSecretError (`webhook.invalid_secret`). */
  constructor(secret: string) {
    const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
    if (base64 === '' || !BASE64.test(base64)) throw new InvalidSecretError();
    this.key = Buffer.from(base64, 'base64');
  }

  async sign(id: string, timestampS: number, body: AsyncIterable<Buffer>): Promise<Signature> {
    const hmac = createHmac('sha256', this.key).update(`${id}.${timestampS}.`);
    let sizeBytes = 0;
    for await (const piece of body) {
      hmac.update(piece);
      sizeBytes += piece.length;
    }
    return { value: `v1,${hmac.digest('base64')}`, sizeBytes };
  }
}

const PREFIX = 'whsec_';
/** With its padding: libraries disagree about what a text without it means. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
