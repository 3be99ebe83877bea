import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

import { giveBack } from './reused-memory';

/**
 * Writes to an answer so that its last piece is also its end.
 *
 * A client that has counted its bytes may hang up. Were the end a step of its own, a whole answer
 * would then look like one that broke off. Pieces are its own, and given back when the system has them.
 */
export class LastPieceEnds extends Writable {
  private held: Buffer | undefined;

  constructor(private readonly response: ServerResponse) {
    super({ highWaterMark: 1 });
    response.once('close', () => {
      if (!response.writableFinished) this.destroy(new Error('the client left'));
    });
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { held, response } = this;
    this.held = piece;
    if (!held || this.send(held)) done();
    else response.once('drain', done);
  }

  override _final(done: () => void): void {
    this.response.end(this.held, done);
  }

  private send(piece: Buffer): boolean {
    return this.response.write(piece, (error) => {
      if (!error) giveBack(piece);
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (error) this.response.destroy();
    done(error);
  }
}
