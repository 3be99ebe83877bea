import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

import { Webhook } from 'standardwebhooks';

import { WebhookSigner } from './webhook.signer';

const nowS = Math.floor(Date.now() / 1000);
const body = '{"type":"prompt.complete","text":"ü€😀"}';

async function signed(secret: string, text: string): Promise<Record<string, string>> {
  const pieces = Readable.from([...Buffer.from(text)].map((byte) => Buffer.from([byte])));
  const { value } = await new WebhookSigner(secret).sign('msg_1', nowS, pieces);
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(nowS),
    'webhook-signature': value,
  };
}

describe('WebhookSigner', () => {
  const key = randomBytes(24).toString('base64');

  it.each([
    ['with whsec_', `whsec_${key}`],
    ['without', key],
    ['of one byte', 'whsec_AA=='],
  ])('signs as the standard verifies, by a secret %s', async (_, secret) => {
    expect(new Webhook(secret).verify(body, await signed(secret, body))).toEqual(JSON.parse(body));
  });

  it('signs what it is given: one byte more is another signature', async () => {
    const headers = await signed(key, body);
    expect(() => new Webhook(key).verify(`${body} `, headers)).toThrow('No matching signature');
  });

  it('counts the bytes', async () => {
    const { sizeBytes } = await new WebhookSigner(key).sign(
      'a',
      1,
      Readable.from([Buffer.from('€')]),
    );
    expect(sizeBytes).toBe(3);
  });

  it.each(['', 'whsec_', 'whsec_not base64!', 'my-secret', 'abcde', 'AAAA====', 'AA=A'])(
    'refuses the secret %p',
    (secret) => {
      expect(() => new WebhookSigner(secret)).toThrow('must be base64 of at least one byte');
    },
  );

  it('does not tell a secret that it refuses', () => {
    expect(() => new WebhookSigner('hunter2!')).toThrow(/^(?!.*hunter2)/);
  });
});
