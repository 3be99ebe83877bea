import type { JsonValue, ObjectInfo, PromptGraph } from '@gateway/comfy-protocol';
import { orAborted, within } from '@gateway/kernel';

import type { GraphPreprocessor, PreprocessedJob } from './graph-preprocessor';
import { inspectShape } from './prompt-inspection';
import { PreprocessingFailedError, PromptRejectedError } from './prompt.errors';

/** They may ask others, but not wait for ever; each has this long. */
const ANSWERS_WITHIN_MS = 60_000;

interface NamedPreprocessor {
  readonly name: string;
  readonly preprocessor: GraphPreprocessor;
}

/** What graphs go through on their way to ComfyUI, in the order in which it was added. */
export class GraphPreprocessors {
  private readonly all: NamedPreprocessor[] = [];

  /** `answersWithinMs`: how long each may take. */
  constructor(private readonly answersWithinMs = ANSWERS_WITHIN_MS) {}

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  add(name: string, preprocessor: GraphPreprocessor): void {
    this.all.push({ name, preprocessor });
  }

  /**
   * @throws PromptRejectedError, PreprocessingFailedError (`prompt.preprocessing_failed`), or the
   *   reason of the job's signal.
   */
  async apply(
    graph: PromptGraph,
    job: PreprocessedJob,
    objectInfo: ObjectInfo,
  ): Promise<PromptGraph> {
    // In the job's record it stays as it came.
    let current = structuredClone(graph);
    for (const { name, preprocessor } of this.all) {
      const answered = await this.inTime(preprocessor, current, job).catch((error: unknown) => {
        job.signal.throwIfAborted();
        throw error instanceof PromptRejectedError
          ? error
          : new PreprocessingFailedError(name, error);
      });
      current = inspected(name, answered, objectInfo);
    }
    return current;
  }

  private async inTime(
    preprocessor: GraphPreprocessor,
    graph: PromptGraph,
    job: PreprocessedJob,
  ): Promise<PromptGraph> {
    // Asynchronous, so that all that it throws takes one way.
    const asked = async (): Promise<PromptGraph> => preprocessor.preprocess(graph, job);
    return within(this.answersWithinMs, orAborted(asked(), job.signal), 'it');
  }
}

/** A graph that is none is the preprocessor's fault, and no caller's. */
function inspected(name: string, graph: unknown, objectInfo: ObjectInfo): PromptGraph {
  try {
    return inspectShape(graph as JsonValue, objectInfo);
  } catch (error) {
    throw new PreprocessingFailedError(name, error);
  }
}
