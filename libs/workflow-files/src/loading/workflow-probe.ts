import type { Log } from '@gateway/kernel';

import type { CompiledTexts } from './compiled-texts';
import type { WorkflowHostConfig } from './host-modules';
import type { TextStore } from './kept-texts';
import { plainConfig, type PlainConfig } from './probe-config';
import { ProbeThread } from './probe.thread';

export interface WorkflowProbeOptions {
  readonly dir: string;
  readonly files: readonly string[];
  readonly config: WorkflowHostConfig;
  /** How long a file may take. */
  readonly limitMs: number;
  readonly log: Log;
  /** Gets what had to be compiled for the files that may be loaded. */
  readonly texts: CompiledTexts;
  /** What need not be compiled again. */
  readonly store?: TextStore | undefined;
  /** One that was started ahead for this folder; it is used once, and ended here. */
  readonly thread?: ProbeThread | undefined;
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
    const { dir, files, store, thread: ahead } = this.options;
    const thread = ahead?.isFree ? ahead : new ProbeThread({ dir, store });
    thread.try({ files: files.slice(files.indexOf(first)), config: this.config });
    return thread;
  }
}
