import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { Log } from '@gateway/kernel';

import type { CompiledText, CompiledTexts } from './compiled-texts';
import type { WorkflowHostConfig } from './host-modules';
import { messageOf } from './load-failure';
import { plainConfig, type PlainConfig } from './probe-config';
import type { ProbeNews, ProbeOrder } from './probe.worker';

export interface WorkflowProbeOptions {
  readonly dir: string;
  readonly files: readonly string[];
  readonly config: WorkflowHostConfig;
  /** How long a file may take. */
  readonly limitMs: number;
  readonly log: Log;
  /** Gets what had to be compiled for the files that may be loaded. */
  readonly texts: CompiledTexts;
}

/**
 * Tries workflow files in a thread of their own, for what no `try` catches: a loop without an end, an
 * exit of the process, a rejection that nobody handles. One thread tries all files, and runs ahead of
 * whoever asks; a file that ends it, or has to be ended with it, costs a new one.
 */
export class WorkflowProbe {
  private readonly config: PlainConfig;
  private thread: ProbeThread | undefined;

  constructor(private readonly options: WorkflowProbeOptions) {
    this.config = plainConfig(options.config);
    const [first] = options.files;
    if (first !== undefined) this.thread = this.start(first);
  }

  /** Why a file must not be loaded in this thread; undefined when it may. Ask in the files' order. */
  async problemOf(file: string): Promise<string | undefined> {
    const thread = (this.thread ??= this.start(file));
    const { limitMs, log } = this.options;
    const outcome = await thread.outcomeOf(file, limitMs);
    if (outcome.kind === 'harmless') {
      outcome.texts.forEach((text) => this.options.texts.add(text));
      return undefined;
    }
    if (outcome.kind === 'unable') {
      log.warn({ file, reason: outcome.reason }, 'a workflow cannot be tried before it is loaded');
      return undefined;
    }
    await this.end();
    // What ended the thread may be something that an earlier file left behind.
    return thread.first === file || outcome.kind === 'late' ? outcome.reason : this.problemOf(file);
  }

  async end(): Promise<void> {
    const { thread } = this;
    this.thread = undefined;
    await thread?.end();
  }

  private start(first: string): ProbeThread {
    const { dir, files } = this.options;
    const order = { dir, files: files.slice(files.indexOf(first)), config: this.config };
    return new ProbeThread(first, order);
  }
}

type ProbeOutcome =
  | { readonly kind: 'harmless'; readonly texts: readonly CompiledText[] }
  /** A thread of its own is more than this machine has to give. */
  | { readonly kind: 'unable'; readonly reason: string }
  | { readonly kind: 'late' | 'ended'; readonly reason: string };

class ProbeThread {
  private readonly worker: Worker;
  private readonly harmless = new Map<string, readonly CompiledText[]>();
  private readonly start: Promise<'begun' | 'ended'>;
  private ending: string | undefined;
  private onNews = (): void => undefined;

  constructor(
    readonly first: string,
    order: ProbeOrder,
  ) {
    this.worker = startWorker(order);
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

  /** The limit counts from the first file on: to start a thread takes a moment, or many when all start. */
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
    this.onNews = () => undefined;
    await this.worker.terminate();
  }
}

/** Its output is left unread: all is said again when the file is loaded to serve. */
function startWorker(workerData: ProbeOrder): Worker {
  const extension = extname(__filename);
  const entry = join(__dirname, `probe.worker${extension}`);
  const options = { workerData, stdout: true, stderr: true };
  if (extension !== '.ts') return new Worker(entry, options);
  // Specs run the sources, and their compiler is not there in a thread.
  const jiti = `require(${JSON.stringify(require.resolve('jiti'))})`;
  const text = JSON.stringify(entry);
  return new Worker(`${jiti}.createJiti(${text})(${text})`, { ...options, eval: true });
}
