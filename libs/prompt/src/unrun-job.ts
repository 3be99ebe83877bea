import type { EngineFiles } from '@gateway/comfy-client';
import type { JobFailure, OutputSink, SucceededJob, TerminalJob } from '@gateway/jobs';
import type { OutputFormats } from '@gateway/media';

import type { JobEndingDependencies } from './job-ending';
import { closeOutputs, prepareOutputsOf } from './output-preparation';
import { OwnFiles } from './own-files';
import { failureFrom } from './prompt-failure';
import { PromptCanceledError } from './prompt.errors';
import { shelvedResult } from './shelved-result';
import type { Slots } from './slots';

export interface UnrunJobDependencies extends JobEndingDependencies {
  readonly files: EngineFiles;
  readonly spoolDir: string;
  readonly finishing: Slots;
  readonly formats: OutputFormats;
}

/**
 * Does for an ended job what its run would have done: it was canceled before it had one, or the
 * gateway was killed in between. Its inputs go, its outputs are kept or go, and whoever is to know of
 * it is told.
 */
export async function finishUnrun(
  job: TerminalJob,
  waiter: OutputSink | undefined,
  dependencies: UnrunJobDependencies,
): Promise<void> {
  const { jobs, sinks } = dependencies;
  const own = new OwnFiles(job, dependencies);
  own.noteInputs(job.request.inputs?.written ?? []);
  await own.removeInputs();
  const sink = waiter ?? sinks.open(job);
  if (job.status === 'succeeded') {
    own.noteOutputs(job.outputs);
    // With a report it was shelved before it succeeded.
    if (!job.report) await shelveLeft(job, dependencies);
    await own.removeOutputs();
    if (sink && job.report) sink.settle(await shelvedResult(job, job.report, dependencies));
    else await jobs.settle(job.id);
    return;
  }
  // All others had theirs removed before their end was written down.
  if (job.status === 'canceled') await own.removeUntold();
  const told = (): Promise<void> => jobs.settle(job.id);
  const { id: jobId, endedAt } = job;
  sink?.settle({ outcome: 'failed', jobId, endedAt, failure: failureOf(job), told });
  if (!sink || sink === waiter) await told();
}

function failureOf(job: Exclude<TerminalJob, SucceededJob>): JobFailure {
  return job.status === 'canceled' ? failureFrom(new PromptCanceledError()) : job.failure;
}

/** The answer that was to take these outputs may never have gone out, or only in part. */
async function shelveLeft(job: SucceededJob, dependencies: UnrunJobDependencies): Promise<void> {
  const { shelf, log } = dependencies;
  try {
    const { signal } = new AbortController();
    const outputs = await prepareOutputsOf(job, job.outputs, { ...dependencies, signal });
    const nodes = Object.keys(job.request.prompt);
    await shelf.keep(job.id, outputs, nodes).finally(() => closeOutputs(outputs));
  } catch (error) {
    // They were delivered and removed, and only the note of it is missing; or shelved before.
    log.debug({ jobId: job.id, err: error }, 'no outputs were left to keep');
  }
}
