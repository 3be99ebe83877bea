import {
  isJsonObject,
  stringifyJson,
  validatePrompt,
  type JsonObject,
  type JsonValue,
  type NodeErrors,
  type PromptError,
  type ValidationRules,
} from '@gateway/comfy-protocol';

import type { EmulatedServer } from '../emulated-server';
import { isTruthy, stringsOf } from '../http/request.body';
import { choosePromptId } from './prompt.id';
import { assertWalkable } from './prompt.walk';

/** Status and body of an answer to `POST /prompt`. */
export interface IntakeAnswer {
  readonly status: 200 | 400;
  readonly body: JsonObject;
}

/** Takes prompts in: numbers, validates and queues them. */
export class PromptIntake {
  /** Advances with every request that names no number of its own, refused ones included. */
  private counter = 0;

  constructor(private readonly server: EmulatedServer) {}

  /** @throws where ComfyUI's handler fails, which answers 500. */
  accept(body: JsonValue): IntakeAnswer {
    if (body === null || typeof body === 'number' || typeof body === 'boolean') {
      throw new TypeError(`argument of type '${String(body)}' is not iterable`);
    }
    const request = isJsonObject(body) ? body : {};
    const number = this.numberFor(request);
    const prompt = request['prompt'];
    if (prompt === undefined) return refuse(NO_PROMPT, {});
    const rule = this.server.options.profile.clientPromptIds;
    const promptId = choosePromptId(request['prompt_id'], rule);
    if (promptId === undefined) return refuse(INVALID_PROMPT_ID, {});
    return this.enqueue(request, prompt, number, promptId);
  }

  private enqueue(
    request: JsonObject,
    prompt: JsonValue,
    number: number,
    promptId: string,
  ): IntakeAnswer {
    const { log, queue, library } = this.server;
    log.info('got prompt');
    assertWalkable(prompt);
    const result = validatePrompt(prompt, library.describeFor(prompt), this.rulesFor(request));
    this.logDroppedOutputs(result.nodeErrors);
    if (result.outcome === 'invalid') {
      log.warn(`invalid prompt: ${stringifyJson(result.error)}`);
      return refuse(result.error, result.nodeErrors);
    }
    queue.put([number, promptId, result.prompt, this.extraDataOf(request), result.outputs]);
    return {
      status: 200,
      body: { prompt_id: promptId, number, node_errors: asJson(result.nodeErrors) },
    };
  }

  /** @throws TypeError for a number Python's `float()` would not take. */
  private numberFor(request: JsonObject): number {
    const given = request['number'];
    if (given !== undefined) {
      const number = typeof given === 'string' && given.trim() === '' ? Number.NaN : Number(given);
      if (given === null || Array.isArray(given) || Number.isNaN(number)) {
        throw new TypeError(`could not convert to float: ${stringifyJson(given)}`);
      }
      return number;
    }
    const number = this.counter;
    this.counter += 1;
    return isTruthy(request['front']) ? 0 - number : number;
  }

  private extraDataOf(request: JsonObject): JsonObject {
    const given = request['extra_data'];
    const clientId = request['client_id'];
    return {
      ...(isJsonObject(given) ? given : {}),
      ...(clientId === undefined ? {} : { client_id: clientId }),
      ...(this.server.options.profile.stampsCreation ? { create_time: Date.now() } : {}),
    };
  }

  private rulesFor(request: JsonObject): ValidationRules {
    const { options, library, folders } = this.server;
    const targets = request['partial_execution_targets'];
    return {
      checksV3Combos: options.profile.checksV3Combos,
      reportsMissingNodeType: options.profile.namesMissingNodes,
      reportsCycles: options.profile.reportsCycles,
      checksLinks: (classType) => library.isKnown(classType),
      checksBounds: (classType) => library.isKnown(classType),
      customCheck: ({ classType, input, value }) =>
        library.find(classType)?.customCheck?.(input, value, folders),
      ...(options.profile.partialTargets && Array.isArray(targets)
        ? { targets: stringsOf(targets) }
        : {}),
    };
  }

  private logDroppedOutputs(nodeErrors: NodeErrors): void {
    const failures = Object.entries(nodeErrors);
    if (failures.length === 0) return;
    const outputs = new Set(failures.flatMap(([, { dependent_outputs }]) => dependent_outputs));
    const lines = failures.flatMap(([nodeId, { class_type, errors }]) => [
      `* ${class_type} ${nodeId}:`,
      ...errors.map(({ message, details }) => `  - ${message}: ${details}`),
    ]);
    for (const output of outputs) {
      this.server.log.error(
        [
          `Failed to validate prompt for output ${output}:`,
          ...lines,
          'Output will be ignored',
        ].join('\n'),
      );
    }
  }
}

const NO_PROMPT: PromptError = {
  type: 'no_prompt',
  message: 'No prompt provided',
  details: 'No prompt provided',
  extra_info: {},
};

const INVALID_PROMPT_ID: PromptError = {
  type: 'invalid_prompt_id',
  message: 'prompt_id must be a valid UUID',
  details: 'prompt_id must be a canonical lower-case UUID with hyphens',
  extra_info: {},
};

function refuse(error: PromptError, nodeErrors: NodeErrors): IntakeAnswer {
  return { status: 400, body: { error: asJson(error), node_errors: asJson(nodeErrors) } };
}

function asJson(value: PromptError | NodeErrors): JsonObject {
  return value as unknown as JsonObject;
}
