import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';
import type { FastifyRequest } from 'fastify';

/**
 * The body as JSON, whatever its content type says.
 *
 * @throws SyntaxError, which the server answers with 500 as ComfyUI does.
 */
export function readJson(request: FastifyRequest): JsonValue {
  return parseJson(bytesOf(request).toString('utf8'));
}

/**
 * The body as a JSON object.
 *
 * @throws TypeError for anything else; ComfyUI fails on it, too.
 */
export function readJsonObject(request: FastifyRequest): JsonObject {
  const value = readJson(request);
  if (!isJsonObject(value)) throw new TypeError('argument of this type is not a dict');
  return value;
}

export function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** The strings of a list of ids; anything else in it names nothing. */
export function stringsOf(value: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly JsonValue[]).filter((item) => typeof item === 'string');
}

/** Python's truth value. */
export function isTruthy(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}
