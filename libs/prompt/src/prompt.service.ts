import { randomUUID } from 'node:crypto';

import type { JsonObject, JsonValue, PromptGraph } from '@gateway/comfy-protocol';
import type { JobService, OutputSink, QueuedJob } from '@gateway/jobs';
import type { OutputConversion } from '@gateway/media';

import type { Engine, EngineRegistry } from './engine/engine';
import { saltFilenames } from './filename-salt';
import { inspectAgainst, inspectShape } from './prompt-inspection';
import type { PromptExecutor } from './prompt.executor';
import { PromptRejectedError } from './prompt.errors';

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
   *   EngineUnavailableError (`prompt.engine_unavailable`), EngineNotReadyError
   *   (`prompt.engine_not_ready`), and what `JobService.submit` throws.
   */
  async submit(command: PromptCommand, sink: OutputSink): Promise<QueuedJob> {
    const engine = this.engines.pick();
    const { refusal } = engine.readiness;
    if (refusal) throw refusal;
    const id = command.id ?? randomUUID();
    const prompt = await this.inspect(command.prompt, id, engine);
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

  /**
   * All that can be refused at once is. While the engine starts for the first time its catalogue is
   * unknown; it will then refuse for itself.
   */
  private async inspect(value: JsonValue, id: string, engine: Engine): Promise<PromptGraph> {
    const { catalogue } = engine;
    const prompt = inspectShape(value, catalogue.objectInfo);
    if (!catalogue.objectInfo) return prompt;
    try {
      inspectAgainst(
        saltFilenames(prompt, id, 'prepend', catalogue.objectInfo),
        catalogue.objectInfo,
      );
    } catch (error) {
      if (!mayBeOutdated(error) || !engine.readiness.ready) throw error;
      const fresh = await catalogue.refreshIfOlderThan(FRESH_ENOUGH_MS);
      inspectAgainst(saltFilenames(prompt, id, 'prepend', fresh), fresh);
    }
    return prompt;
  }

  /** The caller is gone or has changed its mind. Never throws: a job that ended needs no cancel. */
  async cancel(jobId: string): Promise<void> {
    await this.jobs.cancel(jobId).catch(() => undefined);
  }
}

const FRESH_ENOUGH_MS = 1000;

/** A model or a file that came after the catalogue was read is "not in list" for us alone. */
function mayBeOutdated(error: unknown): boolean {
  return (
    error instanceof PromptRejectedError &&
    Object.values(error.nodeErrors ?? {}).some(({ errors }) =>
      errors.some(({ type }) => type === 'value_not_in_list'),
    )
  );
}
