import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

/** Longer lines are cut: ComfyUI prints whole prompts, base64 inputs and all, when it refuses them. */
const LONGEST_LINE = 4_096;

/**
 * Turns the bytes of a child's output into lines as a terminal would show them in the end: a bare
 * carriage return starts the line over (progress bars leave one line, not hundreds), colours and
 * blank lines are dropped, bytes that are not UTF-8 become U+FFFD, long lines are cut.
 */
export class OutputLines {
  private readonly decoder = new StringDecoder('utf8');
  private line = '';
  private dropped = 0;
  /** A carriage return was seen: what follows replaces the line, unless a line feed follows. */
  private returned = false;

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): readonly string[] {
    return this.read(this.decoder.write(chunk));
  }

  /** What was printed after the last line feed. */
  end(): readonly string[] {
    return [...this.read(this.decoder.end()), ...this.finish()];
  }

  private read(text: string): readonly string[] {
    return text.split(/([\r\n])/).flatMap((part) => {
      if (part === '\n') return this.finish();
      if (part === '\r') this.returned = true;
      else if (part !== '') this.append(part);
      return [];
    });
  }

  private append(part: string): void {
    if (this.returned) this.clear();
    const kept = part.slice(0, LONGEST_LINE - this.line.length);
    this.line += kept;
    this.dropped += part.length - kept.length;
  }

  private finish(): readonly string[] {
    const line = stripVTControlCharacters(this.line).trimEnd();
    const dropped = this.dropped;
    this.clear();
    if (line === '') return [];
    return [dropped === 0 ? line : `${line}… (${dropped} more characters)`];
  }

  private clear(): void {
    this.line = '';
    this.dropped = 0;
    this.returned = false;
  }
}
