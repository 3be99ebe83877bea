import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** The contract, as its authors publish it. */
const FILE = join(__dirname, 'fixtures', 'comfy-api-v2.openapi.yaml');

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

const contract = withNulls(parse(readFileSync(FILE, 'utf8')) as JsonObject) as JsonObject;
const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema(contract, 'contract');
const compiled = new Map<string, ValidateFunction>();

/** Holds an answer to the contract's schema for it; returns what is wrong with it. */
export function violations(operationId: string, status: number, body: unknown): readonly string[] {
  return violationsAt(`${responseOf(operationId, status)}/content/application~1json/schema`, body);
}

/** Holds a value to one of the contract's schemas. */
export function schemaViolations(schema: string, value: unknown): readonly string[] {
  return violationsAt(`/components/schemas/${schema}`, value);
}

function violationsAt(pointer: string, value: unknown): readonly string[] {
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `contract#${pointer}` });
  compiled.set(pointer, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Where the contract describes a status of an operation. */
function responseOf(operationId: string, status: number): string {
  for (const [path, methods] of Object.entries(contract['paths'] as JsonObject)) {
    for (const [method, operation] of Object.entries(methods as JsonObject)) {
      const { operationId: id, responses } = operation as JsonObject;
      if (id !== operationId) continue;
      const response = (responses as JsonObject)[status] as JsonObject | undefined;
      if (!response) throw new Error(`The contract knows no ${status} of ${operationId}`);
      const { $ref } = response;
      if (typeof $ref === 'string') return $ref.slice(1);
      return `/paths/${path.replaceAll('/', '~1')}/${method}/responses/${status}`;
    }
  }
  throw new Error(`The contract knows no ${operationId}`);
}

/** `nullable` as JSON Schema says it: OpenAPI 3.0 has it beside `allOf`, too. */
function withNulls(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withNulls);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as JsonObject;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, withNulls(one)]));
  return nullable === true ? { anyOf: [{ type: 'null' }, inner] } : inner;
}
