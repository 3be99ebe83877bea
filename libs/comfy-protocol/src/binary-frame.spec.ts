import { decodeBinaryFrame, encodeBinaryFrame, type BinaryFrame } from './binary-frame';

const metadata = {
  node_id: '3',
  prompt_id: 'p',
  display_node_id: '3',
  parent_node_id: null,
  real_node_id: '3',
  image_type: 'image/jpeg',
} as const;

const frames: readonly BinaryFrame[] = [
  { type: 'preview', format: 'image/png', image: Buffer.from('png') },
  { type: 'preview', format: 'image/jpeg', image: Buffer.alloc(0) },
  { type: 'text', nodeId: '1', text: 'hé' },
  { type: 'preview-with-metadata', metadata, image: Buffer.from('jpeg') },
];

describe('binary frames', () => {
  it.each(frames)('decodes what it encodes: %j', (frame) => {
    expect(decodeBinaryFrame(encodeBinaryFrame(frame))).toEqual(frame);
  });

  it('writes the bytes that ComfyUI writes', () => {
    const hex = (frame: BinaryFrame): string => encodeBinaryFrame(frame).toString('hex');
    expect(hex({ type: 'text', nodeId: '1', text: 'hé' })).toBe('000000030000000131' + '68c3a9');
    expect(hex({ type: 'preview', format: 'image/png', image: Buffer.from([0x89]) })).toBe(
      '000000010000000289',
    );
  });

  it.each([
    ['an empty frame', ''],
    ['a type alone', '00000001'],
    ['an unknown type', '0000000200000001'],
    ['a node id cut short', '000000030000000531'],
    ['metadata cut short', '00000004000000ff7b7d'],
    ['metadata that is not JSON', '00000004000000027b7b'],
    ['metadata that is null', '00000004000000046e756c6c'],
    ['metadata without ids', '00000004000000027b7d'],
  ])('ignores %s', (_name, hex) => {
    expect(decodeBinaryFrame(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
