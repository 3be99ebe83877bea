import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

import { giveBack } from './reused-memory';

/**
 * Writes to an answer so that its last piece is also its end. Fails when the client left before that;
 * pieces are its own, and given back when the system has them.
 *
 * A client that has counted its bytes may hang up. Were the end a step of its own, a whole answer
 * would then look like one that broke off.
 */
export class LastPieceEnds extends Writable {
  private held: Buffer | undefined;

  constructor(private readonly response: ServerResponse) {
    super({ highWaterMark: 1 });
    response.once('close', () => {
      if (!response.writableFinished) this.destroy(clientLeft());
    });
  }

  /** Who has left already is not heard to leave. */
  override _construct(done: (error?: Error | null) => void): void {
    done(this.response.destroyed ? clientLeft() : null);
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { held, response } = this;
    this.held = piece;
    if (!held || this.send(held)) done();
    else response.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    const { held, response } = this;
    const { socket } = response.req;
    response.end(held, (error?: Error | null) => {
      // Node 20 calls an answer finished whose last write failed.
      const failure = error ?? socket.errored ?? (socket.destroyed ? clientLeft() : null);
      if (held && !failure) giveBack(held);
      done(failure);
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (error) this.response.destroy();
    done(error);
  }

  private send(piece: Buffer): boolean {
    return this.response.write(piece, (error) => {
      if (!error) giveBack(piece);
    });
  }
}

function clientLeft(): Error {
  return new Error('the client left');
}
