import sharp from 'sharp';

import { classifyInputValue, decodeInlineImage } from './inline-input';

async function picture(format: 'png' | 'jpeg' | 'webp'): Promise<Buffer> {
  const image = sharp({ create: { width: 9, height: 7, channels: 3, background: '#a53' } });
  return image.toFormat(format).toBuffer();
}

describe('classifyInputValue', () => {
  it.each([
    ['a file name', 'portrait.png', 'name'],
    ['a file in a sub-folder', 'clients/acme/portrait.png', 'name'],
    ['a name with an annotation', 'portrait.png [output]', 'name'],
    ['a short word of base64 letters', 'portrait', 'name'],
    ['a long name', `${'portrait-of-a-lady-'.repeat(5)}.png`, 'name'],
    ['an address', 'https://example.org/a.png', 'url'],
    ['an address in capitals', 'HTTP://EXAMPLE.ORG/A.PNG', 'url'],
    ['a data URI', 'data:image/png;base64,iVBORw0KGgo=', 'data-uri'],
    ['a long text of base64', 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(4), 'base64'],
    ['base64 with padding', `${'iVBORw0KGgoAAAANSUhEUgAA'.repeat(4)}AA==`, 'base64'],
    ['base64 in lines', `${'iVBORw0KGgoAAAANSUhEUgAA\r\n'.repeat(4)}\n`, 'base64'],
    ['base64 of the URL alphabet', 'iVBORw0KGgo-_-ANSUhEUgAA'.repeat(4), 'base64'],
    ['an empty text', '', 'name'],
    ['a file address', 'file:///etc/passwd', 'name'],
  ])('%s', (_what, value, kind) => {
    expect(classifyInputValue(value)).toBe(kind);
  });

  it('looks at the beginning only, so that a large value costs no more than a small one', () => {
    const beginning = 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(200);
    expect(classifyInputValue(`${beginning}!`)).toBe('base64');
    expect(classifyInputValue(`!${beginning}`)).toBe('name');
  });
});

describe('decodeInlineImage', () => {
  it.each([
    ['png', 'png'],
    ['jpeg', 'jpg'],
    ['webp', 'webp'],
  ] as const)('gives the bytes of a %s with the extension .%s', async (format, extension) => {
    const bytes = await picture(format);
    expect(await decodeInlineImage(bytes.toString('base64'))).toEqual({ bytes, extension });
  });

  it('believes the bytes, not what a data URI claims', async () => {
    const bytes = await picture('webp');
    const uri = `data:image/png;base64,${bytes.toString('base64')}`;
    expect(await decodeInlineImage(uri)).toEqual({ bytes, extension: 'webp' });
  });

  it('reads data URIs with parameters, in any case, and base64 in lines or the URL alphabet', async () => {
    const bytes = await picture('png');
    const lines = bytes.toString('base64').replace(/.{20}/g, '$&\r\n');
    for (const value of [
      `data:image/png;name=a.png;base64,${bytes.toString('base64')}`,
      `DATA:image/png;BASE64,${bytes.toString('base64')}`,
      lines,
      bytes.toString('base64url'),
    ]) {
      expect((await decodeInlineImage(value)).bytes.equals(bytes)).toBe(true);
    }
  });

  it.each([
    ['a data URI without base64', 'data:text/plain,hello'],
    ['a data URI without data', 'data:image/png;base64,'],
    ['a data URI that ends in its head', 'data:image/png;base64'],
    ['bytes that are no picture', Buffer.from('hello world '.repeat(9)).toString('base64')],
    ['no base64 at all', '!!!!'],
  ])('refuses %s', async (_what, value) => {
    await expect(decodeInlineImage(value)).rejects.toMatchObject({ code: 'input.unreadable' });
  });

  it('refuses a picture that breaks off in its head', async () => {
    const bytes = await picture('png');
    await expect(decodeInlineImage(bytes.subarray(0, 12).toString('base64'))).rejects.toMatchObject(
      { code: 'input.unreadable' },
    );
  });
});
