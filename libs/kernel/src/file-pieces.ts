import { close, open, read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

import { borrow, giveBack, shorten } from './reused-memory';

export interface FilePart {
  readonly start?: number | undefined;
  /** The last byte, inclusive; without it, the last of the file. */
  readonly end?: number | undefined;
  readonly pieceBytes?: number;
}

/**
 * A file in pieces of borrowed memory, the next of which is read while one is worked on. It is closed
 * when it was read, or when the stream is destroyed.
 */
export class FilePieces extends Readable {
  private readonly pieceBytes: number;
  private readonly end: number;
  private position: number;
  private descriptor: number | undefined;
  private isReading = false;

  /** @param file A path, or a file that is open and is the stream's from now on. */
  constructor(
    private readonly file: string | number | FileHandle,
    { start = 0, end = Infinity, pieceBytes = PIECE_BYTES }: FilePart = {},
  ) {
    super({ highWaterMark: 1 });
    this.position = start;
    this.end = end;
    this.pieceBytes = pieceBytes;
  }

  override _construct(done: (error?: Error | null) => void): void {
    if (typeof this.file === 'string') {
      open(this.file, (error, descriptor) => {
        this.descriptor = descriptor;
        done(error);
      });
      return;
    }
    this.descriptor = typeof this.file === 'number' ? this.file : this.file.fd;
    done();
  }

  override _read(): void {
    const wanted = Math.min(this.pieceBytes, this.end + 1 - this.position);
    if (this.descriptor === undefined || wanted <= 0) {
      this.push(null);
      return;
    }
    const piece = borrow(wanted);
    read(this.descriptor, piece, 0, wanted, this.position, (error, readBytes) => {
      this.isReading = false;
      if (error || readBytes === 0 || this.destroyed) giveBack(piece);
      if (this.destroyed) this.emit(LET_GO);
      else if (error) this.destroy(error);
      else this.pass(piece, readBytes);
    });
    this.isReading = true;
  }

  /** A descriptor that is being read is not closed: its number could be another file's by then. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.isReading) this.once(LET_GO, () => this.close(error, done));
    else this.close(error, done);
  }

  private pass(piece: Buffer, readBytes: number): void {
    this.position += readBytes;
    if (readBytes === 0) this.push(null);
    else this.push(shorten(piece, readBytes));
  }

  private close(error: Error | null, done: (error: Error | null) => void): void {
    const closed = (failure?: Error | null): void => done(error ?? failure ?? null);
    if (typeof this.file === 'object') this.file.close().then(() => closed(), closed);
    else if (this.descriptor === undefined) closed();
    else close(this.descriptor, closed);
  }
}

/**
 * Fewer, larger reads than Node's 64 KiB: outputs are megabytes, and from 192 to 384 KiB 300 MB still
 * become a third faster. A multiple of three, so that base64 leaves no rest that would have to be
 * copied in front of the next piece.
 */
const PIECE_BYTES = 384 * 1024;

const LET_GO = Symbol('let go');
