import type { RunFieldSchemas } from '@gateway/prompt';
import { inputSchema, type JsonSchema, shownJson } from '@gateway/workflow-files';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

import type { ServedWorkflow, WorkflowCatalogue } from '../workflow.catalogue';
import { inputExample } from './input-example';
import { inputTable } from './input-table';
import { requestSchema } from './request-schema';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

/**
 * The document with each workflow's input in it, as of now. Nest keeps what decorators said, so it
 * would show the models of the day a workflow was loaded; call this each time the document is
 * rendered, on one that nobody else holds. `fields` are what may stand beside the input.
 */
export function describeWorkflows(
  document: OpenAPIObject,
  catalogue: WorkflowCatalogue,
  fields: RunFieldSchemas,
): OpenAPIObject {
  const byOperation = new Map(catalogue.served.map((served) => [served.operationId, served]));
  const schemas: Record<string, JsonSchema> = {};
  const paths = { ...document.paths };
  for (const [path, item] of Object.entries(paths)) {
    const served = byOperation.get(item.post?.operationId ?? '');
    if (!item.post || !served) continue;
    Object.assign(schemas, componentsOf(served));
    const post = describeOperation(item.post, { served, fields }, catalogue.markdownDescriptions);
    paths[path] = { ...item, post };
  }
  return {
    ...document,
    paths,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, ...schemas },
    },
  };
}

function componentsOf({ operationId, workflow }: ServedWorkflow): Record<string, JsonSchema> {
  const name = inputName(operationId);
  const rendered = inputSchema(workflow.RequestSchema, 'openapi-3.0');
  const { definitions = {}, ...input } = withRefsTo(name, rendered);
  return { [name]: input, ...named(name, definitions as Record<string, JsonSchema>) };
}

function describeOperation(
  operation: Operation,
  { served, fields }: { readonly served: ServedWorkflow; readonly fields: RunFieldSchemas },
  markdown: boolean,
): Operation {
  const text = descriptionOf(served, markdown);
  return {
    ...operation,
    ...(text !== '' && { description: text }),
    requestBody: {
      required: true,
      content: { 'application/json': { schema: bodyOf(served, fields), ...examplesOf(served) } },
    },
    responses: withInput(operation.responses),
  };
}

function descriptionOf({ workflow }: ServedWorkflow, markdown: boolean): string {
  const table = markdown ? inputTable(inputSchema(workflow.RequestSchema, 'draft-2020-12')) : '';
  return [workflow.description ?? '', table].filter((part) => part !== '').join('\n\n');
}

function bodyOf(served: ServedWorkflow, fields: RunFieldSchemas): JsonSchema {
  const body = inputSchema(requestSchema(z.unknown(), fields), 'openapi-3.0');
  const optional = served.workflow.RequestSchema._zod.optin !== undefined;
  return {
    ...body,
    properties: { ...(body['properties'] as JsonSchema), input: inputRef(served) },
    ...(optional ? {} : { required: ['input'] }),
  };
}

function examplesOf({ workflow }: ServedWorkflow): JsonSchema {
  const entries = Object.entries(workflow.examples ?? {});
  if (entries.length === 0) {
    const input = inputExample(inputSchema(workflow.RequestSchema, 'draft-2020-12'));
    return input ? { example: shownJson({ input }) } : {};
  }
  return {
    examples: Object.fromEntries(
      entries.map(([name, input]) => [name, { value: shownJson({ input }) }]),
    ),
  };
}

/** The answers are those of `/prompt`, and the input that was understood. */
function withInput(responses: Operation['responses']): Operation['responses'] {
  const described: Operation['responses'] = { ...responses };
  for (const status of ['200', '202']) {
    const response = described[status];
    if (!response || !('content' in response)) continue;
    const json = response.content['application/json'];
    if (!json?.schema) continue;
    const echo = {
      type: 'object',
      properties: {
        input: { description: 'The input, with its defaults filled in.' },
        warnings: {
          type: 'array',
          items: { type: 'string' },
          description: 'What of the input the workflow does not know and was ignored, if anything.',
        },
      },
    };
    const schema = { allOf: [json.schema, echo] } as typeof json.schema;
    described[status] = {
      ...response,
      content: { ...response.content, 'application/json': { ...json, schema } },
    };
  }
  return described;
}

function inputName(operationId: string): string {
  return `${operationId}_input`;
}

function inputRef({ operationId }: ServedWorkflow): JsonSchema {
  return { $ref: `#/components/schemas/${inputName(operationId)}` };
}

function named(name: string, definitions: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(definitions).map(([key, schema]) => [definitionName(name, key), schema]),
  );
}

function definitionName(name: string, key: string): string {
  return `${name}_${key.replace(/[^A-Za-z0-9._-]/g, '_')}`;
}

/** A schema refers to itself from its own root; in the document that is a component. */
function withRefsTo(name: string, schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key !== '$ref' || typeof value !== 'string') return value;
    const [, definition] = /^#\/definitions\/(.+)$/.exec(value) ?? [];
    const target = definition === undefined ? name : definitionName(name, definition);
    return `#/components/schemas/${target}`;
  });
  return JSON.parse(text) as JsonSchema;
}
