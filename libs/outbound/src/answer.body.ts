import { Transform, type Readable, type TransformCallback } from 'node:stream';

export interface AnswerBodyRules {
  readonly maxBytes: number;
  readonly tooLarge: () => Error;
  /** What readers get for a failure of the connection. */
  readonly explain: (failure: unknown) => Error;
  /** Ends the body whether or not it is read, and whether or not all of it is here. */
  readonly signal: AbortSignal;
  /** Called once, however the body ends. */
  readonly ended: () => void;
}

/** The bytes of an answer, counted as they pass. */
export class AnswerBody extends Transform {
  private bytes = 0;

  constructor(
    private readonly source: Readable,
    private readonly rules: AnswerBodyRules,
  ) {
    super();
    // Whoever reads is told; a body that breaks before anyone does must not end the process.
    this.on('error', () => undefined);
    rules.signal.addEventListener('abort', this.abort, { once: true });
    source.on('error', (failure) => this.destroy(rules.explain(failure)));
    source.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > this.rules.maxBytes) done(this.rules.tooLarge());
    else done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.rules.signal.removeEventListener('abort', this.abort);
    this.rules.ended();
    this.source.destroy();
    done(error);
  }

  private readonly abort = (): void => {
    this.destroy(this.rules.signal.reason as Error);
  };
}
