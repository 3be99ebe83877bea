import { readFile } from 'node:fs/promises';

import {
  describeGraphProblem,
  isJsonObject,
  parseRequestJson,
  type JsonValue,
  type PromptGraph,
} from '@gateway/comfy-protocol';
import type { GatewayConfig } from '@gateway/config';
import { DomainError } from '@gateway/kernel';
import type { OutboundFetcher } from '@gateway/outbound';

/** The warm-up prompt cannot be had, or is none. */
class WarmUpPromptError extends DomainError {
  readonly code = 'config.warm_up_prompt';

  constructor(variable: string, problem: string, options?: { readonly cause: unknown }) {
    super(`${variable} ${problem}`, options);
  }
}

/**
 * Reads the prompt that warms ComfyUI up; `undefined` when none is configured.
 *
 * @throws WarmUpPromptError (`config.warm_up_prompt`) in one sentence that says what is wrong with it.
 */
export async function readWarmUpPrompt(
  { warmUpFile, warmUpUrl }: GatewayConfig['workflows'],
  fetcher: Pick<OutboundFetcher, 'download'>,
): Promise<PromptGraph | undefined> {
  if (warmUpFile !== undefined) {
    const text = await readFile(warmUpFile, 'utf8').catch((cause: unknown) => {
      const problem = `cannot be read: ${warmUpFile} (${describe(cause)}).`;
      throw new WarmUpPromptError('WARMUP_PROMPT_FILE', problem, { cause });
    });
    return parsePrompt('WARMUP_PROMPT_FILE', text);
  }
  if (warmUpUrl === undefined) return undefined;
  try {
    const order = { url: warmUpUrl, trust: 'operator', timeoutMs: FETCH_TIMEOUT_MS } as const;
    const answer = await fetcher.download({ ...order, maxBytes: MAX_BYTES });
    return parsePrompt('WARMUP_PROMPT_URL', await answer.text());
  } catch (cause) {
    if (cause instanceof WarmUpPromptError) throw cause;
    throw new WarmUpPromptError('WARMUP_PROMPT_URL', `cannot be fetched: ${describe(cause)}.`, {
      cause,
    });
  }
}

const FETCH_TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 2 ** 20;

/** The checkpoint that a prompt loads first, as workflow files may want it for their default. */
export function checkpointOf(prompt: PromptGraph | undefined): string | undefined {
  const loader = Object.values(prompt ?? {}).find(
    ({ class_type: classType }) => classType === 'CheckpointLoaderSimple',
  );
  const name = loader?.inputs['ckpt_name'];
  return typeof name === 'string' ? name : undefined;
}

function parsePrompt(variable: string, text: string): PromptGraph {
  let value: JsonValue;
  try {
    value = parseRequestJson(text);
  } catch (cause) {
    throw new WarmUpPromptError(variable, `is not JSON: ${describe(cause)}.`, { cause });
  }
  const graph = unwrapped(value);
  const problem = describeGraphProblem(graph);
  if (problem) {
    throw new WarmUpPromptError(variable, `is not a prompt in API format: ${problem.message}`);
  }
  return graph as unknown as PromptGraph;
}

/** Also the body of a `POST /prompt`, which has its graph under `prompt`; a node has a class instead. */
function unwrapped(value: JsonValue): JsonValue {
  const inner = isJsonObject(value) ? value['prompt'] : undefined;
  return isJsonObject(inner) && !Object.hasOwn(inner, 'class_type') ? inner : value;
}

function describe(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
}
