import { z } from 'zod';

import { isJsonObject, parseJson, type JsonObject, type JsonValue } from './json';
import type { NodeUi } from './node-output';
import type { NodeId } from './prompt-graph';

/** Milliseconds since the epoch, by the engine's clock. Absent before 2024-07 and on blocked errors. */
type Timestamp = number;

export interface ExecutionError {
  readonly prompt_id: string;
  readonly node_id: NodeId;
  readonly node_type: string;
  /** Nodes that ran before the failure. */
  readonly executed: readonly NodeId[];
  /** Ends with a newline; may be followed by tips. */
  readonly exception_message: string;
  readonly exception_type: string;
  readonly traceback: readonly string[];
  readonly current_inputs?: JsonObject;
  readonly current_outputs?: readonly NodeId[];
  readonly timestamp?: Timestamp;
}

export interface NodeProgress {
  readonly value: number;
  readonly max: number;
  readonly state: string;
  readonly node_id: NodeId;
  readonly prompt_id: string;
  readonly display_node_id: NodeId;
  readonly parent_node_id: NodeId | null;
  readonly real_node_id: NodeId;
}

/** Every text message of ComfyUI's websocket that means something to a client of the prompt API. */
export type EngineMessage =
  | {
      readonly type: 'status';
      readonly data: {
        readonly status: { readonly exec_info: { readonly queue_remaining: number } };
        /** Only on the first message of a connection. */
        readonly sid?: string;
      };
    }
  | { readonly type: 'feature_flags'; readonly data: JsonObject }
  | {
      readonly type: 'execution_start';
      readonly data: { readonly prompt_id: string; readonly timestamp?: Timestamp };
    }
  | {
      readonly type: 'execution_cached';
      readonly data: {
        readonly prompt_id: string;
        readonly nodes: readonly NodeId[];
        readonly timestamp?: Timestamp;
      };
    }
  | {
      /** `node: null` is the end of a prompt; on connect mid-run neither id nor display node is there. */
      readonly type: 'executing';
      readonly data: {
        readonly node: NodeId | null;
        readonly display_node?: NodeId;
        readonly prompt_id?: string;
      };
    }
  | {
      readonly type: 'progress';
      readonly data: {
        readonly value: number;
        readonly max: number;
        readonly prompt_id?: string;
        readonly node?: NodeId | null;
      };
    }
  | {
      readonly type: 'progress_state';
      readonly data: {
        readonly prompt_id: string;
        readonly nodes: Readonly<Record<NodeId, NodeProgress>>;
      };
    }
  | {
      readonly type: 'executed';
      readonly data: {
        readonly node: NodeId;
        readonly display_node?: NodeId;
        readonly output: NodeUi | null;
        readonly prompt_id: string;
      };
    }
  | {
      readonly type: 'execution_success';
      readonly data: { readonly prompt_id: string; readonly timestamp?: Timestamp };
    }
  | { readonly type: 'execution_error'; readonly data: ExecutionError }
  | {
      readonly type: 'execution_interrupted';
      readonly data: {
        readonly prompt_id: string;
        readonly node_id: NodeId;
        readonly node_type: string;
        readonly executed: readonly NodeId[];
        readonly timestamp?: Timestamp;
      };
    };

export type EngineMessageType = EngineMessage['type'];

/** The prompt a message belongs to; `undefined` for messages to everyone. */
export function promptIdOf(message: EngineMessage): string | undefined {
  return 'prompt_id' in message.data && typeof message.data.prompt_id === 'string'
    ? message.data.prompt_id
    : undefined;
}

/**
 * Reads one text frame of the websocket.
 *
 * `undefined` for a type we do not know (custom nodes send their own) and for a known type whose
 * data does not have the shape we rely on.
 *
 * @throws SyntaxError when the frame is not JSON.
 */
export function parseEngineMessage(text: string): EngineMessage | undefined {
  const message = parseJson(text);
  // The schema's own copy would drop keys, and would let `__proto__` set a prototype.
  return messageSchema.safeParse(message).success
    ? (message as unknown as EngineMessage)
    : undefined;
}

const nodeId = z.string();
const promptScoped = z.looseObject({ prompt_id: z.string(), timestamp: z.number().optional() });
const anyObject = z.custom<JsonObject>((value) => isJsonObject(value as JsonValue));

/** Checks what we rely on and lets everything else through, because each release adds keys. */
const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('status'),
    data: z.looseObject({
      status: z.looseObject({ exec_info: z.looseObject({ queue_remaining: z.number() }) }),
      sid: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal('feature_flags'), data: anyObject }),
  z.object({ type: z.literal('execution_start'), data: promptScoped }),
  z.object({
    type: z.literal('execution_cached'),
    data: promptScoped.extend({ nodes: z.array(nodeId) }),
  }),
  z.object({
    type: z.literal('executing'),
    data: z.looseObject({
      node: nodeId.nullable(),
      display_node: nodeId.optional(),
      prompt_id: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal('progress'),
    data: z.looseObject({
      value: z.number(),
      max: z.number(),
      prompt_id: z.string().optional(),
      node: nodeId.nullable().optional(),
    }),
  }),
  z.object({
    type: z.literal('progress_state'),
    data: z.looseObject({ prompt_id: z.string(), nodes: anyObject }),
  }),
  z.object({
    type: z.literal('executed'),
    data: promptScoped.extend({
      node: nodeId,
      display_node: nodeId.optional(),
      output: anyObject.nullable(),
    }),
  }),
  z.object({ type: z.literal('execution_success'), data: promptScoped }),
  z.object({
    type: z.literal('execution_error'),
    data: promptScoped.extend({
      node_id: nodeId,
      node_type: z.string(),
      executed: z.array(nodeId),
      exception_message: z.string(),
      exception_type: z.string(),
      traceback: z.array(z.string()),
    }),
  }),
  z.object({
    type: z.literal('execution_interrupted'),
    data: promptScoped.extend({
      node_id: nodeId,
      node_type: z.string(),
      executed: z.array(nodeId),
    }),
  }),
]);
