import type { OutputSink, PromptResult } from './output-sink';

/** Holds a result for the request that waits for it. */
export class InlineAnswer implements OutputSink {
  private resolve!: (result: PromptResult) => void;
  /** Settles once, with the job's ending. */
  readonly result = new Promise<PromptResult>((resolve) => {
    this.resolve = resolve;
  });

  settle(result: PromptResult): void {
    this.resolve(result);
  }
}
