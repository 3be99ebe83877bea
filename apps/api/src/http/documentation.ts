import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';

import { GATEWAY_VERSION } from '../version';

/** Swagger UI at `/docs`, served from here, and the document at `/docs/json` and `/docs/yaml`. */
export function serveDocumentation(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => buildDocument(app), {
    jsonDocumentUrl: 'docs/json',
    yamlDocumentUrl: 'docs/yaml',
    customSiteTitle: 'ComfyUI Gateway',
  });
}

function buildDocument(app: NestFastifyApplication): OpenAPIObject {
  const info = new DocumentBuilder()
    .setTitle('ComfyUI Gateway')
    .setDescription('The production API for ComfyUI: run any workflow over plain HTTP.')
    .setVersion(GATEWAY_VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('prompt', 'Run workflows and get their outputs.')
    .addTag('models', 'What ComfyUI has to work with.')
    .addTag('probes', 'For load balancers, orchestrators and people.')
    .build();
  return cleanupOpenApiDoc(SwaggerModule.createDocument(app, info));
}
