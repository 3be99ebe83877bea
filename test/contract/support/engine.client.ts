import { setTimeout as delay } from 'node:timers/promises';

import { parseJson, stringifyJson, type JsonObject } from '@gateway/comfy-protocol';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonObject;
}

/** The few requests the specs make of a ComfyUI. */
export class EngineClient {
  constructor(readonly url: string) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  post(path: string, body?: JsonObject | string): Promise<Answer> {
    const text = typeof body === 'string' ? body : stringifyJson(body);
    return this.send(path, { method: 'POST', ...(body === undefined ? {} : { body: text }) });
  }

  async send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: readObject(text) };
  }

  /** Queues a prompt and gives its id. */
  async queue(prompt: JsonObject, more: JsonObject = {}): Promise<string> {
    const answer = await this.post('/prompt', { prompt, ...more });
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json['prompt_id'] as string;
  }

  /** Waits for the history entry of a prompt. */
  async finished(promptId: string, timeoutMs = 10_000): Promise<JsonObject> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const { json } = await this.get(`/history/${promptId}`);
      const entry = json[promptId];
      if (entry !== undefined) return entry as JsonObject;
      await delay(10);
    }
    throw new Error(`${promptId} is not in history after ${timeoutMs} ms`);
  }

  async run(prompt: JsonObject, more: JsonObject = {}): Promise<JsonObject> {
    return this.finished(await this.queue(prompt, more));
  }

  arm(scenario: string): Promise<Answer> {
    return this.post('/emulator/scenarios', { scenario });
  }

  disarm(): Promise<Answer> {
    return this.send('/emulator/scenarios', { method: 'DELETE' });
  }
}

function readObject(text: string): JsonObject {
  try {
    return parseJson(text) as JsonObject;
  } catch {
    return {};
  }
}
