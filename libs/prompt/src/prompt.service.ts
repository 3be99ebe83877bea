import { randomUUID } from 'node:crypto';

import type { JsonObject, JsonValue } from '@gateway/comfy-protocol';
import type { JobService, QueuedJob } from '@gateway/jobs';
import type { OutputConversion } from '@gateway/media';

import type { EngineRegistry } from './engine/engine';
import type { OutputSink } from './output-sink';
import { inspectShape } from './prompt-inspection';
import type { PromptExecutor } from './prompt.executor';
import { EngineUnavailableError } from './prompt.errors';

/** A prompt as a door hands it in. */
export interface PromptCommand {
  /** The caller's own id; minted when absent. */
  readonly id?: string | undefined;
  readonly prompt: JsonValue;
  readonly extraData?: JsonObject | undefined;
  readonly convertOutput?: OutputConversion | undefined;
  /** Bytes of the request body. */
  readonly sizeBytes: number;
}

/** The one way in for every door: checks a prompt, makes a job of it, connects its sink. */
export class PromptService {
  constructor(
    private readonly jobs: JobService,
    private readonly executor: PromptExecutor,
    private readonly engines: EngineRegistry,
  ) {}

  /**
   * @throws PromptRejectedError (`prompt.malformed`, `prompt.ui_format`, `prompt.unsafe_path`),
   *   EngineUnavailableError (`prompt.engine_unavailable`), and what `JobService.submit` throws.
   */
  async submit(command: PromptCommand, sink: OutputSink): Promise<QueuedJob> {
    const engine = this.engines.pick();
    const prompt = inspectShape(command.prompt, engine.catalogue.objectInfo);
    if (engine.readiness.gone) throw new EngineUnavailableError();
    const id = command.id ?? randomUUID();
    const { extraData = {}, convertOutput, sizeBytes } = command;
    const request = {
      prompt,
      extraData,
      sizeBytes,
      ...(convertOutput && { convertOutput: convertOutput as unknown as JsonObject }),
    };
    return this.jobs.submit(request, id, () => {
      this.executor.attach(id, sink);
    });
  }

  /** The caller is gone or has changed its mind. Never throws: a job that ended needs no cancel. */
  async cancel(jobId: string): Promise<void> {
    await this.jobs.cancel(jobId).catch(() => undefined);
  }
}
