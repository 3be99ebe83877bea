import {
  isJsonObject,
  type JsonValue,
  type NodeErrors,
  type PromptError,
} from '@gateway/comfy-protocol';

/** What ComfyUI said to `POST /prompt`. */
export type SubmitAnswer =
  | {
      readonly kind: 'accepted';
      /** The id to go by; engines before 0.3.45 mint their own. */
      readonly promptId: string;
      readonly number: number;
      /** Not empty: outputs that were silently dropped. */
      readonly nodeErrors: NodeErrors;
    }
  | { readonly kind: 'refused'; readonly error: PromptError; readonly nodeErrors: NodeErrors };

/** Reads the body of a `200`; `undefined` when it carries no prompt id. */
export function readAcceptance(body: JsonValue | undefined): SubmitAnswer | undefined {
  if (!isJsonObject(body) || typeof body['prompt_id'] !== 'string') return undefined;
  const number = Number(body['number']);
  return {
    kind: 'accepted',
    promptId: body['prompt_id'],
    number: Number.isFinite(number) ? number : 0,
    nodeErrors: readNodeErrors(body['node_errors']),
  };
}

/** Reads the body of a `400`; `undefined` when it is not ComfyUI's. */
export function readRefusal(body: JsonValue | undefined): SubmitAnswer | undefined {
  if (!isJsonObject(body) || body['error'] === undefined) return undefined;
  return {
    kind: 'refused',
    error: readError(body['error']),
    nodeErrors: readNodeErrors(body['node_errors']),
  };
}

/** Before 0.3.28 some errors were a bare string. */
function readError(error: JsonValue): PromptError {
  if (!isJsonObject(error)) {
    const message = typeof error === 'string' ? error : 'ComfyUI refused the prompt';
    return { type: message.replaceAll(' ', '_'), message, details: '', extra_info: {} };
  }
  const { type, message, details, extra_info: extraInfo } = error;
  return {
    type: typeof type === 'string' ? type : 'unknown',
    message: typeof message === 'string' ? message : 'ComfyUI refused the prompt',
    details: typeof details === 'string' ? details : '',
    extra_info: isJsonObject(extraInfo) ? extraInfo : {},
  };
}

/** Before 0.3.28 "none" could be an empty array. */
function readNodeErrors(errors: JsonValue | undefined): NodeErrors {
  return isJsonObject(errors) ? (errors as unknown as NodeErrors) : {};
}
