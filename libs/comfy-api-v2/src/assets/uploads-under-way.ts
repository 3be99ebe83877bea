import { NotAcceptingError } from '@gateway/jobs';
import { Injectable } from '@nestjs/common';

/** What uploads listen to: they end with the gateway, however long they would take. */
@Injectable()
export class UploadsUnderWay {
  private readonly control = new AbortController();

  /** Aborts with NotAcceptingError (`queue.closed`). */
  get signal(): AbortSignal {
    return this.control.signal;
  }

  /** Refuses those under way, and all that come. */
  end(): void {
    this.control.abort(new NotAcceptingError('The gateway is shutting down'));
  }
}
