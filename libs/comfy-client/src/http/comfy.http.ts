import type { Readable } from 'node:stream';

import {
  isJsonObject,
  parseJson,
  stringifyJson,
  type FileType,
  type HistoryAnswer,
  type HistoryEntry,
  type JsonObject,
  type JsonValue,
  type ObjectInfo,
  type PromptRequest,
  type QueueSnapshot,
} from '@gateway/comfy-protocol';

import { ComfyHttpError } from '../comfy-client.errors';
import { DEFAULTS } from '../comfy-client.options';
import { EngineTransport, type EngineRequest } from './engine.transport';
import { multipart } from './multipart';
import { readAcceptance, readRefusal, type SubmitAnswer } from './submit-answer';

/** Where a file of ComfyUI is. */
export interface FileLocation {
  readonly filename: string;
  /** `""` or `a/b`. */
  readonly subfolder: string;
  readonly type: FileType;
}

/** A file being read. Read `body` to its end or destroy it. */
export interface ViewedFile {
  readonly body: Readable;
  readonly sizeBytes: number | undefined;
  readonly contentType: string | undefined;
}

/** The part of `/system_stats` that is not private to the engine's host. */
export interface SystemStats {
  /** Such as `0.3.64`; `undefined` before ComfyUI told it. */
  readonly version: string | undefined;
  readonly devices: readonly JsonObject[];
}

/**
 * The HTTP half of ComfyUI's protocol.
 *
 * Every request has a deadline and takes an optional signal, whose reason it then throws.
 *
 * @throws ComfyUnreachableError `comfy.unreachable`: no answer.
 * @throws ComfyHttpError `comfy.http_error`: an answer that is not what was asked for.
 */
export class ComfyHttp {
  private readonly transport: EngineTransport;

  constructor(options: { readonly baseUrl: string; readonly requestTimeoutMs?: number }) {
    const { baseUrl, requestTimeoutMs = DEFAULTS.requestTimeoutMs } = options;
    this.transport = new EngineTransport(baseUrl, requestTimeoutMs);
  }

  /** Whether a ComfyUI answers here: `GET /prompt` is its cheapest route. Never throws. */
  async probe(signal?: AbortSignal): Promise<boolean> {
    try {
      await this.queueRemaining(signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Prompts inside the engine, running and pending. */
  async queueRemaining(signal?: AbortSignal): Promise<number> {
    const answer = await this.get('/prompt', { signal, timeoutMs: PROBE_TIMEOUT_MS });
    const info = isJsonObject(answer) ? answer['exec_info'] : undefined;
    if (!isJsonObject(info)) throw unexpected('GET /prompt', answer);
    return Number(info['queue_remaining']);
  }

  async submit(request: PromptRequest, signal?: AbortSignal): Promise<SubmitAnswer> {
    const { status, text } = await this.transport.text(post('/prompt', request, signal));
    const body = status === 200 || status === 400 ? parseLeniently(text) : undefined;
    const answer = status === 200 ? readAcceptance(body) : readRefusal(body);
    if (answer === undefined) throw new ComfyHttpError('POST /prompt', status, excerpt(text));
    return answer;
  }

  /** Holds every graph in full: not for polling. */
  async queue(signal?: AbortSignal): Promise<QueueSnapshot> {
    const answer = await this.get('/queue', { signal });
    if (!isJsonObject(answer) || !areItems(answer['queue_running'], answer['queue_pending'])) {
      throw unexpected('GET /queue', answer);
    }
    return answer as unknown as QueueSnapshot;
  }

  /** `undefined` while the prompt is unknown or unfinished. */
  async history(promptId: string, signal?: AbortSignal): Promise<HistoryEntry | undefined> {
    const path = `/history/${encodeURIComponent(promptId)}`;
    const answer = await this.get(path, { signal });
    if (!isJsonObject(answer)) throw unexpected(`GET ${path}`, answer);
    const entry = answer[promptId];
    if (entry !== undefined && !isHistoryEntry(entry)) throw unexpected(`GET ${path}`, answer);
    return (answer as unknown as HistoryAnswer)[promptId];
  }

  /** Takes pending prompts out of the queue; unknown and running ones are left alone. */
  async deleteQueued(promptIds: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.post('/queue', { delete: promptIds }, signal);
  }

  async deleteHistory(promptIds: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.post('/history', { delete: promptIds }, signal);
  }

  /** Before 0.3.57 the id is not looked at: whatever runs is interrupted. */
  async interrupt(promptId: string, signal?: AbortSignal): Promise<void> {
    await this.post('/interrupt', { prompt_id: promptId }, signal);
  }

  /** Cancels a pending or running prompt; `false` when there is none to cancel. Since 0.26. */
  async cancelJob(promptId: string, signal?: AbortSignal): Promise<boolean> {
    const path = `/api/jobs/${encodeURIComponent(promptId)}/cancel`;
    const { status, text } = await this.transport.text(post(path, {}, signal));
    if (status !== 200) throw new ComfyHttpError(`POST ${path}`, status, excerpt(text));
    const answer = parseLeniently(text);
    return isJsonObject(answer) && answer['cancelled'] === true;
  }

  /** Applied after the running prompt. `freeMemory` also drops the cache of results. */
  async free(
    what: { readonly unloadModels: boolean; readonly freeMemory: boolean },
    signal?: AbortSignal,
  ): Promise<void> {
    const body = { unload_models: what.unloadModels, free_memory: what.freeMemory };
    await this.post('/free', body, signal);
  }

  /** Megabytes with many custom nodes, each of which may list folders before it answers. */
  async objectInfo(signal?: AbortSignal): Promise<ObjectInfo> {
    const options = { signal, timeoutMs: OBJECT_INFO_TIMEOUT_MS };
    return (await this.getObject('/object_info', options)) as unknown as ObjectInfo;
  }

  async systemStats(signal?: AbortSignal): Promise<SystemStats> {
    const stats = await this.getObject('/system_stats', { signal });
    const system = stats['system'];
    const version = isJsonObject(system) ? system['comfyui_version'] : undefined;
    const devices = Array.isArray(stats['devices']) ? (stats['devices'] as JsonObject[]) : [];
    return { version: typeof version === 'string' ? version : undefined, devices };
  }

  /** Since 0.3.45. */
  async features(signal?: AbortSignal): Promise<JsonObject> {
    return this.getObject('/features', { signal });
  }

  /** Keys of the model folders: `checkpoints`, `loras`, … */
  async modelFolders(signal?: AbortSignal): Promise<readonly string[]> {
    return this.getStrings('/models', signal);
  }

  /** Files of a model folder, relative to it. */
  async models(folder: string, signal?: AbortSignal): Promise<readonly string[]> {
    return this.getStrings(`/models/${encodeURIComponent(folder)}`, signal);
  }

  /** Opens a file; the signal ends with the status, after that destroy the body instead. */
  async view(file: FileLocation, signal?: AbortSignal): Promise<ViewedFile> {
    const { filename, subfolder, type } = file;
    const path = `/view?${new URLSearchParams({ filename, subfolder, type }).toString()}`;
    const { status, headers, body } = await this.transport.stream({ method: 'GET', path, signal });
    if (status !== 200) {
      body.destroy();
      throw new ComfyHttpError(`GET ${path}`, status, '');
    }
    const length = headers['content-length'];
    const contentType = headers['content-type'];
    return {
      body,
      sizeBytes: typeof length === 'string' ? Number(length) : undefined,
      contentType: typeof contentType === 'string' ? contentType : undefined,
    };
  }

  /** Any kind of file gets in this way. The answer's name counts: a taken one is changed. */
  async uploadImage(
    upload: {
      readonly filename: string;
      readonly subfolder: string;
      readonly bytes: Buffer | Readable;
    },
    signal?: AbortSignal,
  ): Promise<FileLocation> {
    const { filename, subfolder, bytes } = upload;
    const fields = { type: 'input', subfolder };
    const { contentType, body } = multipart(fields, { field: 'image', filename, bytes });
    const request = 'POST /upload/image';
    const { status, text } = await this.transport.text({
      method: 'POST',
      path: '/upload/image',
      headers: { 'content-type': contentType },
      body,
      signal,
      timeoutMs: UPLOAD_TIMEOUT_MS,
    });
    const answer = parseLeniently(text);
    if (status !== 200 || !isJsonObject(answer) || typeof answer['name'] !== 'string') {
      throw new ComfyHttpError(request, status, excerpt(text));
    }
    const folder = answer['subfolder'];
    return {
      filename: answer['name'],
      subfolder: typeof folder === 'string' ? folder : subfolder,
      type: 'input',
    };
  }

  /** Ends every connection; requests in flight fail. */
  async close(): Promise<void> {
    await this.transport.close();
  }

  private async get(path: string, options: Partial<EngineRequest>): Promise<JsonValue> {
    const { status, text } = await this.transport.text({ ...options, method: 'GET', path });
    const body = status === 200 ? parseLeniently(text) : undefined;
    if (body === undefined) throw new ComfyHttpError(`GET ${path}`, status, excerpt(text));
    return body;
  }

  private async getObject(path: string, options: Partial<EngineRequest>): Promise<JsonObject> {
    const answer = await this.get(path, options);
    if (!isJsonObject(answer)) throw unexpected(`GET ${path}`, answer);
    return answer;
  }

  private async getStrings(path: string, signal: AbortSignal | undefined): Promise<string[]> {
    const answer = await this.get(path, { signal });
    if (!Array.isArray(answer)) throw unexpected(`GET ${path}`, answer);
    return answer.filter((item): item is string => typeof item === 'string');
  }

  private async post(path: string, body: object, signal: AbortSignal | undefined): Promise<void> {
    const { status, text } = await this.transport.text(post(path, body, signal));
    if (status !== 200) throw new ComfyHttpError(`POST ${path}`, status, excerpt(text));
  }
}

const PROBE_TIMEOUT_MS = 5_000;
const OBJECT_INFO_TIMEOUT_MS = 120_000;
const UPLOAD_TIMEOUT_MS = 300_000;
const EXCERPT_LENGTH = 300;

function post(path: string, body: object, signal: AbortSignal | undefined): EngineRequest {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', path, headers, body: stringifyJson(body), signal };
}

function parseLeniently(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function areItems(...queues: readonly (JsonValue | undefined)[]): boolean {
  return queues.every((queue) => Array.isArray(queue) && queue.every(Array.isArray));
}

function isHistoryEntry(entry: JsonValue): boolean {
  return isJsonObject(entry) && Array.isArray(entry['prompt']) && isJsonObject(entry['outputs']);
}

function unexpected(request: string, answer: JsonValue): ComfyHttpError {
  return new ComfyHttpError(request, 200, excerpt(stringifyJson(answer)));
}

function excerpt(text: string): string {
  return text.slice(0, EXCERPT_LENGTH).trim();
}
