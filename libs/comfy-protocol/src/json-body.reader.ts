import { parseRequestJson, type JsonValue } from './json';
import { BEGINNING_LENGTH, beginsLikeBase64, LongText, LongTexts } from './long-texts';

/**
 * Reads a JSON body chunk by chunk. Files in base64 can make up nearly all of it; where one is long,
 * its bytes are set aside as they come, and only the rest is put together and parsed at the end. So
 * no body holds up the event loop, or is in memory twice.
 */
export class JsonBodyReader {
  private readonly texts = new LongTexts();
  /** The body, with stand-ins. */
  private readonly rest: Buffer[] = [];
  /** What came so far of a string that the last chunk did not end. */
  private open: Buffer[] | undefined;
  /** That string's last character was an unescaped backslash. */
  private escapes = false;

  write(chunk: Buffer): void {
    const end = this.open ? this.endOfString(chunk, 0) : -1;
    if (this.open && end === -1) return void this.open.push(chunk);
    if (this.open) {
      this.close([...this.open, chunk.subarray(0, end)]);
      this.open = undefined;
    }
    const [from, after] = end === -1 ? [0, 0] : [end, end + 1];
    this.rest.push(chunk.subarray(from, this.endOfWhole(chunk, after)));
  }

  /** @throws SyntaxError as `parseRequestJson` does. */
  end(): { readonly body: JsonValue; readonly texts: LongTexts } {
    if (this.open) this.rest.push(...this.open);
    const { rest, texts } = this;
    const whole = rest.length === 1 && rest[0] ? rest[0] : Buffer.concat(rest);
    return { body: parseRequestJson(whole.toString('utf8')), texts };
  }

  /** Where its last string begins, if the chunk does not end it: the string is kept as open. */
  private endOfWhole(chunk: Buffer, from: number): number {
    for (let at = from; ;) {
      const start = chunk.indexOf(QUOTE, at);
      if (start === -1) return chunk.length;
      this.escapes = false;
      const end = this.endOfString(chunk, start + 1);
      if (end === -1) {
        this.open = [chunk.subarray(start + 1)];
        return start + 1;
      }
      at = end + 1;
    }
  }

  /** Position of the closing quote; -1 when the string goes on. */
  private endOfString(chunk: Buffer, from: number): number {
    for (let search = from; ;) {
      const quote = chunk.indexOf(QUOTE, search);
      const end = quote === -1 ? chunk.length : quote;
      const isEscaped = this.isEscapedAt(chunk, from, end);
      if (quote === -1) {
        this.escapes = isEscaped;
        return -1;
      }
      if (!isEscaped) return quote;
      search = quote + 1;
    }
  }

  private isEscapedAt(chunk: Buffer, from: number, end: number): boolean {
    let start = end;
    while (start > from && chunk[start - 1] === BACKSLASH) start -= 1;
    const isOdd = (end - start) % 2 === 1;
    return start === from && this.escapes ? !isOdd : isOdd;
  }

  /** A string has ended. With escapes, of JSON or of a URI, it is another text than its bytes. */
  private close(slices: readonly Buffer[]): void {
    const length = slices.reduce((sum, slice) => sum + slice.length, 0);
    const isPlain = length >= LONG && !slices.some(hasEscapes);
    const whole = isPlain ? withLongBeginning(slices) : slices;
    const beginning = isPlain ? (whole[0]?.toString('latin1', 0, BEGINNING_LENGTH) ?? '') : '';
    if (!isPlain || !beginsLikeBase64(beginning)) return void this.rest.push(...slices);
    this.rest.push(Buffer.from(this.texts.add(new LongText(whole), beginning), 'latin1'));
  }
}

function hasEscapes(slice: Buffer): boolean {
  return slice.includes(BACKSLASH) || slice.includes(PERCENT);
}

/** A string may begin at the very end of a chunk. */
function withLongBeginning(slices: readonly Buffer[]): readonly Buffer[] {
  let count = 1;
  for (let length = slices[0]?.length ?? 0; length < BEGINNING_LENGTH; count += 1) {
    length += slices[count]?.length ?? BEGINNING_LENGTH;
  }
  return [Buffer.concat(slices.slice(0, count)), ...slices.slice(count)];
}

/** Below this, parsing takes no time that anybody notices. */
const LONG = 256 * 1024;
const [QUOTE, PERCENT, BACKSLASH] = [0x22, 0x25, 0x5c];
