import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { CompiledText } from './compiled-texts';
import { messageOf } from './load-failure';
import type { ProbeGround, ProbeNews, ProbeOrder } from './probe.worker';

export type ProbeOutcome =
  | { readonly kind: 'harmless'; readonly texts: readonly CompiledText[] }
  /** A thread of its own is more than this machine has to give. */
  | { readonly kind: 'unable'; readonly reason: string }
  | { readonly kind: 'late' | 'ended'; readonly reason: string };

/**
 * A thread that tries the workflow files of a folder. Until it is told which and with what, it
 * compiles them, so it may be started long before that is known. End it, whatever becomes of it.
 */
export class ProbeThread {
  private readonly worker: Worker;
  private readonly harmless = new Map<string, readonly CompiledText[]>();
  private readonly start: Promise<'begun' | 'ended'>;
  private files: readonly string[] | undefined;
  private ending: string | undefined;
  private onNews = (): void => undefined;

  constructor(ground: ProbeGround) {
    this.worker = startWorker(ground);
    this.start = new Promise((resolve) => {
      this.worker.on('message', (news: ProbeNews) => {
        if (news.kind === 'begun') resolve('begun');
        else this.harmless.set(news.file, news.texts);
        this.onNews();
      });
      this.worker.on('error', (error) => {
        this.ending ??= `${messageOf(error)} (thrown where nothing catches it)`;
      });
      this.worker.on('exit', (code) => {
        this.ending ??= `It ends the process as it is loaded (process.exit, ${code})`;
        resolve('ended');
        this.onNews();
      });
    });
  }

  /** Whether it lives, and nobody has told it yet what to try. */
  get isFree(): boolean {
    return this.files === undefined && this.ending === undefined;
  }

  /** The file that it tries before all others. */
  get first(): string | undefined {
    return this.files?.[0];
  }

  /** To be asked once. */
  try(order: ProbeOrder): void {
    this.files = order.files;
    this.worker.postMessage(order);
  }

  /** The limit counts from when it can try: to start a thread takes a moment, or many when all start. */
  async outcomeOf(file: string, limitMs: number): Promise<ProbeOutcome> {
    if ((await this.start) === 'ended') return { kind: 'unable', reason: this.ending ?? '' };
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve({ kind: 'late', reason: `It did not finish loading within ${limitMs / 1000} s` });
      }, limitMs);
      this.onNews = () => {
        const outcome = this.outcome(file);
        if (!outcome) return;
        clearTimeout(timer);
        resolve(outcome);
      };
      this.onNews();
    });
  }

  private outcome(file: string): ProbeOutcome | undefined {
    const texts = this.harmless.get(file);
    if (texts) return { kind: 'harmless', texts };
    return this.ending === undefined ? undefined : { kind: 'ended', reason: this.ending };
  }

  async end(): Promise<void> {
    this.files ??= [];
    this.onNews = () => undefined;
    await this.worker.terminate();
  }
}

/** Its output is left unread: all is said again when the file is loaded to serve. */
function startWorker(workerData: ProbeGround): Worker {
  const extension = extname(__filename);
  const entry = join(__dirname, `probe.worker${extension}`);
  const options = { workerData, stdout: true, stderr: true };
  if (extension !== '.ts') return new Worker(entry, options);
  // Specs run the sources, and their compiler is not there in a thread.
  const jiti = `require(${JSON.stringify(require.resolve('jiti'))})`;
  const text = JSON.stringify(entry);
  return new Worker(`${jiti}.createJiti(${text})(${text})`, { ...options, eval: true });
}
