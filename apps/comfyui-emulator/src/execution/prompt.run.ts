import type { JsonObject, NodeId, PromptGraph, QueueItem } from '@gateway/comfy-protocol';

import type { WebsocketHub } from '../websocket/websocket.hub';

/** The facts of one prompt while it runs, read once from its queue item. */
export interface PromptFacts {
  readonly promptId: string;
  readonly graph: PromptGraph;
  readonly extraData: JsonObject;
  readonly outputs: readonly NodeId[];
  /** Whose socket gets the events; nobody's without it. */
  readonly clientId: string | undefined;
}

export function readPromptFacts(item: QueueItem): PromptFacts {
  const [, promptId, graph, extraData, outputs] = item;
  const clientId = extraData['client_id'];
  return {
    promptId,
    graph,
    extraData,
    outputs,
    clientId: typeof clientId === 'string' ? clientId : undefined,
  };
}

/** The events of one prompt: told to its client, and written down for history. */
export class PromptEvents {
  private readonly written: (readonly [string, JsonObject])[] = [];

  constructor(
    private readonly hub: WebsocketHub,
    private readonly prompt: PromptFacts,
    private readonly now: () => number,
  ) {}

  /** Events for history, in order. */
  get messages(): readonly (readonly [string, JsonObject])[] {
    return this.written;
  }

  /** Tells the client and history; without a client only history learns of it. */
  record(type: string, data: JsonObject): void {
    const stamped = this.write(type, data);
    if (this.prompt.clientId !== undefined) this.hub.publish(type, stamped, this.prompt.clientId);
  }

  /** As {@link record}, but without a client everyone is told. */
  recordForAll(type: string, data: JsonObject): void {
    this.hub.publish(type, this.write(type, data), this.prompt.clientId);
  }

  /** Tells the client only; not in history. */
  tell(type: string, data: JsonObject): void {
    const { clientId } = this.prompt;
    if (clientId !== undefined) this.hub.publish(type, data, clientId);
  }

  private write(type: string, data: JsonObject): JsonObject {
    const stamped = { ...data, timestamp: this.now() };
    this.written.push([type, stamped]);
    return stamped;
  }
}
