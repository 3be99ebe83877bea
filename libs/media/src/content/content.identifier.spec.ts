import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import sharp from 'sharp';

import { SIGNATURE_BYTES } from './content-signature';
import { identifyContent } from './content.identifier';
import type { TypeHints } from './type-hints';

/** Bytes as Latin-1, and more behind them. */
function file(beginning: string): Buffer {
  return Buffer.concat([Buffer.from(beginning, 'latin1'), Buffer.alloc(600, 0xaa)]);
}

async function typeOf(bytes: Buffer, hints: TypeHints = {}): Promise<string> {
  const content = await identifyContent(Readable.from([bytes]), hints);
  content.bytes.destroy();
  return `.${content.extension} ${content.contentType}`;
}

const ftyp = (major: string, ...compatible: string[]): Buffer => {
  const brands = compatible.join('');
  return file(`\0\0\0${String.fromCharCode(16 + brands.length)}ftyp${major}\0\0\x02\0${brands}`);
};
const ogg = (codec: string): Buffer => file(`OggS\0\x02${'\0'.repeat(20)}\x01\x1e${codec}`);
const ebml = (docType: string, codec: string): Buffer =>
  file(
    `\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82${String.fromCharCode(0x80 + docType.length)}${docType}` +
      `\x18S\x80g\x16T\xaek\xae\xd7\x81\x01\x86${String.fromCharCode(0x80 + codec.length)}${codec}`,
  );
const riff = (form: string): Buffer => file(`RIFF\x24\0\0\0${form}fmt \x10\0\0\0`);
const bmp = file(`BM\x46\0\0\0${'\0'.repeat(4)}\x36\0\0\0\x28\0\0\0`);
const transportStream = Buffer.alloc(188 * 4);
for (let at = 0; at < transportStream.length; at += 188) transportStream[at] = 0x47;

describe('a picture is told by its bytes', () => {
  it.each<['png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff', string]>([
    ['png', '.png image/png'],
    ['jpeg', '.jpg image/jpeg'],
    ['webp', '.webp image/webp'],
    ['gif', '.gif image/gif'],
    ['avif', '.avif image/avif'],
    ['tiff', '.tif image/tiff'],
  ])('%s', async (format, type) => {
    const image = sharp({ create: { width: 9, height: 7, channels: 3, background: '#a53' } });
    expect(await typeOf(await image.toFormat(format).toBuffer())).toBe(type);
  });

  it.each<[string, Buffer, string]>([
    ['BMP', bmp, '.bmp image/bmp'],
    ['HEIC', ftyp('heic', 'mif1', 'heic'), '.heic image/heic'],
    ['HEIC by its other brands', ftyp('mif1', 'mif1', 'heic'), '.heic image/heic'],
    ['AVIF by its other brands', ftyp('mif1', 'mif1', 'avif'), '.avif image/avif'],
    ['AVIF with many frames', ftyp('avis', 'msf1'), '.avif image/avif'],
    ['another HEIF', ftyp('mif1', 'unci'), '.heif image/heif'],
    ['OpenEXR', file('v/1\x01\x02\0\0\0'), '.exr image/x-exr'],
    ['Radiance', file('#?RADIANCE\n'), '.hdr image/vnd.radiance'],
    ['JPEG XL', file('\0\0\0\x0cJXL \r\n\x87\n'), '.jxl image/jxl'],
    ['JPEG 2000', file('\0\0\0\x0cjP  \r\n\x87\n'), '.jp2 image/jp2'],
    ['Photoshop', file('8BPS\0\x01'), '.psd image/vnd.adobe.photoshop'],
    ['icon', file('\0\0\x01\0\x01\0\x10\x10\0\0\x01\0'), '.ico image/vnd.microsoft.icon'],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), '.svg image/svg+xml'],
    [
      'SVG after much else',
      Buffer.from('\uFEFF<?xml version="1.0"?>\n<!-- <html> -->\n<!DOCTYPE svg>\n<svg/>'),
      '.svg image/svg+xml',
    ],
  ])('%s', async (_name, bytes, type) => {
    expect(await typeOf(bytes)).toBe(type);
  });
});

describe('sound and video are told by their bytes', () => {
  it.each<[string, Buffer, string]>([
    ['MP4', ftyp('isom', 'isom', 'mp41'), '.mp4 video/mp4'],
    ['MP4 of a camera', ftyp('M4V ', 'mp42'), '.mp4 video/mp4'],
    ['QuickTime', ftyp('qt  '), '.mov video/quicktime'],
    ['QuickTime of old', file('\0\0\x10\0moov\0\0\0\x6cmvhd'), '.mov video/quicktime'],
    ['3GP', ftyp('3gp5'), '.3gp video/3gpp'],
    ['M4A', ftyp('M4A ', 'isom'), '.m4a audio/mp4'],
    ['WebM', ebml('webm', 'V_VP9'), '.webm video/webm'],
    ['WebM of sound', ebml('webm', 'A_OPUS'), '.webm audio/webm'],
    ['Matroska', ebml('matroska', 'V_MPEG4/ISO/AVC'), '.mkv video/x-matroska'],
    ['Matroska of sound', ebml('matroska', 'A_FLAC'), '.mka audio/x-matroska'],
    ['Matroska without a word', ebml('matroska', ''), '.mkv video/x-matroska'],
    ['AVI', riff('AVI '), '.avi video/x-msvideo'],
    ['WAV', riff('WAVE'), '.wav audio/wav'],
    ['large WAV', file('RF64\xff\xff\xff\xffWAVEds64'), '.wav audio/wav'],
    ['WebP', riff('WEBP'), '.webp image/webp'],
    ['Ogg Vorbis', ogg('\x01vorbis'), '.ogg audio/ogg'],
    ['Ogg FLAC', ogg('\x7fFLAC'), '.ogg audio/ogg'],
    ['Ogg Opus', ogg('OpusHead'), '.opus audio/opus'],
    ['Ogg Theora', ogg('\x80theora'), '.ogv video/ogg'],
    ['FLAC', file('fLaC\0\0\0\x22'), '.flac audio/flac'],
    ['MP3 with a tag', file('ID3\x04\0\0'), '.mp3 audio/mpeg'],
    ['MP3', file('\xff\xfb\x90\x64'), '.mp3 audio/mpeg'],
    ['MP3 of MPEG 2.5', file('\xff\xe3\x18\xc4'), '.mp3 audio/mpeg'],
    ['AAC', file('\xff\xf1\x50\x80'), '.aac audio/aac'],
    ['AIFF', file('FORM\0\0\x10\0AIFFCOMM'), '.aiff audio/aiff'],
    ['AIFF, compressed', file('FORM\0\0\x10\0AIFCFVER'), '.aiff audio/aiff'],
    ['MIDI', file('MThd\0\0\0\x06'), '.mid audio/midi'],
    ['MPEG', file('\0\0\x01\xba\x44'), '.mpg video/mpeg'],
    ['transport stream', transportStream, '.ts video/mp2t'],
    ['Flash video', file('FLV\x01\x05'), '.flv video/x-flv'],
    ['Windows Media', file('0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel'), '.wmv video/x-ms-wmv'],
  ])('%s', async (_name, bytes, type) => {
    expect(await typeOf(bytes)).toBe(type);
  });
});

const tensors = file('\x40\0\0\0\0\0\0\0{"latent_tensor":{"dtype":"F32"}}');

describe('models and other files are told by their bytes', () => {
  it.each<[string, Buffer, string]>([
    ['GLB', file('glTF\x02\0\0\0'), '.glb model/gltf-binary'],
    ['glTF', Buffer.from('{ "asset": { "version": "2.0" } }'), '.gltf model/gltf+json'],
    ['FBX', file('Kaydara FBX Binary  \0\x1a\0'), '.fbx model/fbx'],
    ['FBX of text', Buffer.from('; FBX 7.3.0 project file\n'), '.fbx model/fbx'],
    ['STL of text', Buffer.from('solid cube\n facet normal 0 0 1\n'), '.stl model/stl'],
    ['PLY', Buffer.from('ply\nformat ascii 1.0\n'), '.ply model/ply'],
    ['COLLADA', Buffer.from('<?xml version="1.0"?>\n<COLLADA>'), '.dae model/vnd.collada+xml'],
    ['tensors', tensors, '.safetensors application/octet-stream'],
    ['ZIP', file('PK\x03\x04\x14\0'), '.zip application/zip'],
    ['PDF', file('%PDF-1.7\n'), '.pdf application/pdf'],
  ])('%s', async (_name, bytes, type) => {
    expect(await typeOf(bytes)).toBe(type);
  });

  it('calls tensors a latent where their name does', async () => {
    expect(await typeOf(tensors, { filename: 'a.latent' })).toContain('.latent ');
    expect(await typeOf(tensors, { filename: 'a.png' })).toContain('.safetensors ');
  });
});

const UNKNOWN = Buffer.from('v 1.0 2.0 3.0\n');

describe('a hint', () => {
  it.each<[string, TypeHints]>([
    ['of a type', { contentType: 'image/jpeg' }],
    ['of a page', { contentType: 'text/html' }],
    ['of a name', { filename: 'a.mp4' }],
  ])('%s counts nothing against the bytes', async (_what, hints) => {
    const png = file('\x89PNG\r\n\x1a\n\0\0\0\rIHDR');
    expect(await typeOf(png, hints)).toBe('.png image/png');
  });

  it.each<[TypeHints, string]>([
    [{ contentType: 'model/obj' }, '.obj model/obj'],
    [{ contentType: 'Model/OBJ; charset=utf-8' }, '.obj model/obj'],
    [{ contentType: 'video/mp4' }, '.mp4 video/mp4'],
    [{ contentType: 'audio/mp3' }, '.mp3 audio/mpeg'],
    [{ contentType: 'application/sla' }, '.stl model/stl'],
    [{ contentType: 'application/vnd.autodesk.fbx' }, '.fbx model/fbx'],
    [{ contentType: 'video/quicktime' }, '.mov video/quicktime'],
    [{ filename: 'a.obj' }, '.obj model/obj'],
    [{ filename: 'A.STL' }, '.stl model/stl'],
    [{ filename: 'a.tga' }, '.tga image/x-tga'],
    [{ filename: 'a.splat' }, '.splat model/splat'],
    [{ filename: 'a.m4v' }, '.mp4 video/mp4'],
    [{ filename: 'a.safetensors' }, '.safetensors application/octet-stream'],
    [{ contentType: 'application/octet-stream', filename: 'a.obj' }, '.obj model/obj'],
    [{ contentType: 'text/plain', filename: 'a.obj' }, '.obj model/obj'],
    [{ contentType: 'model/stl', filename: 'a.obj' }, '.stl model/stl'],
  ])('%j decides where the bytes show nothing: %s', async (hints, type) => {
    expect(await typeOf(UNKNOWN, hints)).toBe(type);
  });

  it.each<TypeHints>([
    {},
    { contentType: '' },
    { contentType: 'nonsense' },
    { contentType: 'constructor', filename: 'a.constructor' },
    { contentType: 'application/octet-stream' },
    { contentType: 'text/plain', filename: 'a.txt' },
    { contentType: 'text/html', filename: 'a.obj' },
    { contentType: 'application/json; charset=utf-8', filename: 'a.mp4' },
    { filename: 'a.html' },
    { filename: 'a.json' },
    { filename: 'a' },
    { filename: '.mp4' },
    // Their bytes would show.
    { contentType: 'image/png' },
    { contentType: 'audio/x-wav' },
    { filename: 'a.jpg' },
  ])('%j does not', async (hints) => {
    await expect(typeOf(UNKNOWN, hints)).rejects.toMatchObject({
      code: 'input.unreadable',
      message: 'its bytes are of no known file type',
    });
  });
});

describe('what is no input', () => {
  it.each<[string, string, string]>([
    ['nothing', '', 'it is empty'],
    ['a web page', '<!DOCTYPE html><html>', 'it is a web page'],
    ['a web page in small letters', '\n<html lang="en">', 'it is a web page'],
    ['a web page behind a comment', '<!-- hi --> <html>', 'it is a web page'],
    ['text that begins with a G', 'Good morning', 'its bytes are of no known file type'],
    ['text that looks like a box', 'The free encyclopedia', 'its bytes are of no known file type'],
    ['text that begins like a BMP', 'BMW drivers', 'its bytes are of no known file type'],
    ['zeros', '\0'.repeat(100), 'its bytes are of no known file type'],
    ['a single byte', 'a', 'its bytes are of no known file type'],
    ['an answer in JSON', '{"error":"not found"}', 'its bytes are of no known file type'],
    ['an answer in XML', '<?xml version="1.0"?><Error/>', 'its bytes are of no known file type'],
  ])('%s is refused', async (_what, text, message) => {
    await expect(typeOf(Buffer.from(text))).rejects.toMatchObject({
      code: 'input.unreadable',
      message,
    });
  });

  it('is refused in no time even if it is made to be hard to read', async () => {
    const text = '<!---->'.repeat(SIGNATURE_BYTES / 7);
    await expect(typeOf(Buffer.from(text))).rejects.toThrow('no known file type');
  });

  it('is a web page in spite of its name', async () => {
    await expect(typeOf(Buffer.from('<html>'), { filename: 'a.obj' })).rejects.toThrow('web page');
  });
});

class Source implements AsyncIterable<Buffer> {
  released = false;
  read = 0;

  constructor(
    private readonly chunks: readonly Buffer[],
    private readonly failure?: Error,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (const chunk of this.chunks) {
        this.read += 1;
        yield await Promise.resolve(chunk);
      }
      if (this.failure) throw this.failure;
    } finally {
      this.released = true;
    }
  }
}

describe('the bytes of an identified file', () => {
  const gif = Buffer.concat([file('GIF89a'), Buffer.alloc(20_000, 7)]);

  it.each([1, 3, 1000, 4096, 50_000])('are all there, in chunks of %i', async (size) => {
    const chunks = Array.from({ length: Math.ceil(gif.length / size) }, (_chunk, at) =>
      gif.subarray(at * size, (at + 1) * size),
    );
    const source = new Source([Buffer.alloc(0), ...chunks]);
    const { bytes } = await identifyContent(source, {});
    expect((await buffer(bytes)).equals(gif)).toBe(true);
    expect(source.released).toBe(true);
  });

  it('are read no further than they must be', async () => {
    const source = new Source(Array.from({ length: 9 }, () => file('GIF89a')));
    const { bytes } = await identifyContent(source, {});
    expect(source.read).toBe(Math.ceil(SIGNATURE_BYTES / file('GIF89a').length));
    bytes.destroy();
  });

  it('let go of their source when nobody wants them', async () => {
    const source = new Source([gif, gif]);
    const { bytes } = await identifyContent(source, {});
    expect(source.released).toBe(false);
    bytes.destroy();
    await new Promise((resolve) => bytes.once('close', resolve));
    expect(source.released).toBe(true);
  });

  it('let go of a stream when nobody wants them', async () => {
    const stream = Readable.from([gif, gif]);
    const { bytes } = await identifyContent(stream, {});
    bytes.destroy(new Error('the disk is full'));
    await new Promise((resolve) => bytes.once('error', resolve));
    expect(stream.destroyed).toBe(true);
  });

  it('fail where their source fails', async () => {
    const failure = new Error('the connection broke');
    const { bytes } = await identifyContent(new Source([gif], failure), {});
    await expect(buffer(bytes)).rejects.toBe(failure);
  });
});

describe('the source of what is refused', () => {
  it('is let go of when its type is not known', async () => {
    const source = new Source(Array.from({ length: 9 }, () => Buffer.alloc(SIGNATURE_BYTES, 'x')));
    await expect(identifyContent(source, {})).rejects.toThrow('no known file type');
    expect(source).toMatchObject({ released: true, read: 1 });
  });

  it('is destroyed when it is a stream', async () => {
    const stream = Readable.from([Buffer.alloc(SIGNATURE_BYTES, 'x'), Buffer.from('more')]);
    await expect(identifyContent(stream, {})).rejects.toThrow('no known file type');
    expect(stream.destroyed).toBe(true);
  });

  it('gives its own error when it fails at once', async () => {
    const failure = new Error('the connection broke');
    const source = new Source([], failure);
    await expect(identifyContent(source, {})).rejects.toBe(failure);
    expect(source.released).toBe(true);
  });
});
