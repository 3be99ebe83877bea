import { aPrompt, launch, type LaunchedGateway } from '@gateway/testing';
import sharp from 'sharp';

describe('convert_output', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch();
  });

  afterAll(() => gateway.stop());

  it.each([
    ['png', 'png', 'image/png', { compressionLevel: 9, palette: true, colours: 16 }],
    ['jpeg', 'jpeg', 'image/jpeg', { quality: 70, progressive: true, mozjpeg: true }],
    ['jpg', 'jpeg', 'image/jpeg', { chromaSubsampling: '4:4:4', optimizeCoding: false }],
    ['webp', 'webp', 'image/webp', { quality: 60, effort: 2, nearLossless: true, lossless: true }],
    ['avif', 'heif', 'image/avif', { quality: 40, effort: 0, chromaSubsampling: '4:2:0' }],
  ])('converts to %s, with its options', async (format, decoded, contentType, options) => {
    const { status, json } = await gateway.prompt(aPrompt().coloured(0x3366cc).build(), {
      id: `to-${format}`,
      convert_output: { format, options },
    });

    expect([status, json.error]).toEqual([200, undefined]);
    expect(json.filenames).toEqual([`to-${format}_ComfyUI_00001_.${format}`]);
    expect(json.outputs).toMatchObject([{ type: 'image', content_type: contentType }]);
    const picture = sharp(Buffer.from(json.images[0]!, 'base64'));
    expect(await picture.metadata()).toMatchObject({ format: decoded, width: 64, height: 64 });
    const { data } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    for (const [channel, value] of [0x33, 0x66, 0xcc].entries()) {
      expect(Math.abs(data[channel]! - value)).toBeLessThan(8);
    }
  });

  it.each([
    ['an option of another format', { format: 'png', options: { mozjpeg: true } }],
    ['an option that nobody knows', { format: 'webp', options: { sharpness: 3 } }],
    ['a value out of range', { format: 'jpeg', options: { quality: 101 } }],
    ['a value of another type', { format: 'avif', options: { lossless: 'yes' } }],
    ['a format that nobody knows', { format: 'bmp' }],
  ])('refuses %s', async (_what, convert_output) => {
    const { status, json } = await gateway.prompt(aPrompt().build(), { convert_output });
    expect([status, json.code]).toEqual([400, 'request.invalid']);
    expect(json.location).toMatch(/^convert_output/);
  });

  it.each(['SaveAnimatedWEBP', 'SaveAnimatedPNG'])(
    'keeps every frame of what %s wrote, in WebP',
    async (classType) => {
      const { status, json } = await gateway.prompt(animation(classType), {
        convert_output: { format: 'webp', options: { quality: 80 } },
      });
      expect([status, json.error]).toEqual([200, undefined]);
      const bytes = Buffer.from(json.images[0]!, 'base64');
      expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({
        format: 'webp',
        pages: 3,
        pageHeight: 16,
      });
    },
  );

  it('takes the first frame where a format has no animation', async () => {
    const { json } = await gateway.prompt(animation('SaveAnimatedWEBP'), {
      convert_output: { format: 'jpeg' },
    });
    const picture = sharp(Buffer.from(json.images[0]!, 'base64'));
    expect(await picture.metadata()).toMatchObject({ format: 'jpeg', width: 16, height: 16 });
  });

  it('leaves what is no picture as it is', async () => {
    const { json } = await gateway.prompt(
      {
        '1': { class_type: 'EmptyAudio', inputs: { duration: 1, sample_rate: 8000, channels: 1 } },
        '2': { class_type: 'SaveAudio', inputs: { audio: ['1', 0], filename_prefix: 'audio/x' } },
      },
      { convert_output: { format: 'webp' } },
    );
    expect(json.outputs).toMatchObject([{ type: 'audio', content_type: 'audio/x-flac' }]);
    expect(json.filenames[0]).toMatch(/\.flac$/);
  });
});

/** Three frames of 16 × 16 pixels, each of its own colour. */
function animation(classType: string) {
  const frame = (color: number) => ({
    class_type: 'EmptyImage',
    inputs: { width: 16, height: 16, batch_size: 1, color },
  });
  const common = { images: ['5', 0], filename_prefix: 'x', fps: 5 };
  const encoding =
    classType === 'SaveAnimatedWEBP'
      ? { lossless: true, quality: 80, method: 'default' }
      : { compress_level: 4 };
  return {
    '1': frame(0xff0000),
    '2': frame(0x00ff00),
    '3': frame(0x0000ff),
    '4': { class_type: 'ImageBatch', inputs: { image1: ['1', 0], image2: ['2', 0] } },
    '5': { class_type: 'ImageBatch', inputs: { image1: ['4', 0], image2: ['3', 0] } },
    '6': { class_type: classType, inputs: { ...common, ...encoding } },
  };
}
