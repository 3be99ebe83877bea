import type { OutputFormats } from '@gateway/media';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

import { PromptRequestDto } from './prompt.dto';

/** The document of `/prompt` with the output formats that were added; decorators know only ours. */
export function describeFormats(document: OpenAPIObject, formats: OutputFormats): OpenAPIObject {
  const schemas = document.components?.schemas;
  const request = schemas?.[PromptRequestDto.name];
  if (!formats.hasAdded || !request || '$ref' in request) return document;
  const known = request.properties?.['convert_output'];
  const rendered = z.toJSONSchema(formats.schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  delete rendered.$schema;
  const conversion = { ...known, ...rendered } as NonNullable<typeof known>;
  const properties = { ...request.properties, convert_output: conversion };
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...schemas, [PromptRequestDto.name]: { ...request, properties } },
    },
  };
}
