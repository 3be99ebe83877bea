import { OutputLines } from './output-lines';

/** The lines that come of chunks, the end of the stream included. */
function linesOf(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const lines = new OutputLines();
  return [...chunks.flatMap((chunk) => lines.push(Buffer.from(chunk))), ...lines.end()];
}

describe('output lines', () => {
  it('joins a line that arrives in parts', () => {
    expect(linesOf('got pro', 'mpt\nPrompt exec', 'uted\n')).toEqual([
      'got prompt',
      'Prompt executed',
    ]);
  });

  it('keeps what follows the last line feed', () => {
    expect(linesOf('done\nhalf a li')).toEqual(['done', 'half a li']);
  });

  it('takes a line feed after a carriage return for one line end, also across chunks', () => {
    expect(linesOf('one\r\ntwo\r', '\nthree\n')).toEqual(['one', 'two', 'three']);
  });

  it('keeps of a progress bar what a terminal shows in the end', () => {
    expect(linesOf('\r  0%| 0/20', '\r 50%| 10/20\r', '100%| 20/20\n')).toEqual(['100%| 20/20']);
  });

  it('keeps the last state of a bar that was cut off', () => {
    expect(linesOf('\r  0%| 0/20\r 50%| 10/20\r')).toEqual([' 50%| 10/20']);
  });

  it('drops colours and blank lines', () => {
    expect(linesOf('\u001b[32mready\u001b[0m\n\n   \n')).toEqual(['ready']);
  });

  it('joins a character whose bytes arrive apart', () => {
    const euro = Buffer.from('€\n');
    expect(linesOf(euro.subarray(0, 1), euro.subarray(1))).toEqual(['€']);
  });

  it('marks bytes that are not UTF-8', () => {
    expect(linesOf(Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xe2]))).toEqual(['a\ufffdb', '\ufffd']);
  });

  it('cuts a very long line and says by how much', () => {
    const [line] = linesOf('x'.repeat(3_000), 'x'.repeat(3_000), '\n');
    expect(line).toBe(`${'x'.repeat(4_096)}… (1904 more characters)`);
  });
});
