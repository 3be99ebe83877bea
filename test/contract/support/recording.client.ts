import { parseJson, type JsonObject } from '@gateway/comfy-protocol';
import { WebSocket } from 'ws';

/** What a socket received: a text message, or a binary frame as it came. */
export type Received = JsonObject | Buffer;

/** A websocket client that writes down all it gets. */
export class RecordingClient {
  private readonly received: Received[] = [];
  private readonly waiting = new Set<() => void>();
  closeCode: number | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (raw: Buffer, isBinary) => {
      this.received.push(isBinary ? raw : (parseJson(raw.toString('utf8')) as JsonObject));
      for (const check of this.waiting) check();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.closeCode = code;
      for (const check of this.waiting) check();
    });
  }

  static async connect(url: string, clientId?: string): Promise<RecordingClient> {
    const query = clientId === undefined ? '' : `?clientId=${clientId}`;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws${query}`, {
      perMessageDeflate: false,
    });
    const client = new RecordingClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  all(): readonly Received[] {
    return this.received;
  }

  messages(type?: string): readonly JsonObject[] {
    return this.received.filter(
      (item): item is JsonObject =>
        !Buffer.isBuffer(item) && (type === undefined || item['type'] === type),
    );
  }

  /** Takes out what came so far. */
  drain(): Received[] {
    return this.received.splice(0);
  }

  /** Resolves once a message satisfies `isIt`; rejects after `timeoutMs`. */
  async until(isIt: (message: JsonObject) => boolean, timeoutMs = 10_000): Promise<JsonObject> {
    return this.wait(() => this.messages().find(isIt), timeoutMs, 'message');
  }

  /** Resolves with the close code. */
  async closed(timeoutMs = 10_000): Promise<number> {
    return this.wait(() => this.closeCode, timeoutMs, 'close');
  }

  close(): void {
    this.socket.terminate();
  }

  private wait<T>(look: () => T | undefined, timeoutMs: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        const seen = this.messages().map((message) => message['type'] as string);
        reject(new Error(`No such ${what} in ${timeoutMs} ms; seen: ${seen.join(', ')}`));
      }, timeoutMs);
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        this.waiting.delete(check);
        clearTimeout(timer);
        resolve(found);
      };
      this.waiting.add(check);
      check();
    });
  }
}

/** Whether this is the last message about a prompt. */
export function isEndOf(promptId: string): (message: JsonObject) => boolean {
  return ({ type, data }) => {
    const { node, prompt_id } = data as JsonObject;
    return type === 'executing' && node === null && prompt_id === promptId;
  };
}
