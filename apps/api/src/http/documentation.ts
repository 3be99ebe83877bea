import { OutputFormats } from '@gateway/media';
import { describeFormats, PromptDoor } from '@gateway/prompt';
import { describeWorkflows, WorkflowCatalogue } from '@gateway/workflow-registry';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';

import { GATEWAY_VERSION } from '../version';

export interface DocumentedWorkflows {
  /** The application that serves them now. */
  readonly app: () => NestFastifyApplication;
  /** Looks anew what their inputs may be. */
  readonly refresh: () => Promise<unknown>;
}

/**
 * Swagger UI at `/docs`, where `/` leads for now, served from here, and the document at `/docs/json` and `/docs/yaml`. What
 * workflows take is put in on each request, as it is then.
 */
export function serveDocumentation(
  app: NestFastifyApplication,
  workflows: DocumentedWorkflows,
): void {
  // For now: whoever opens the address in a browser wants to see something.
  app
    .getHttpAdapter()
    .getInstance()
    .get('/', (_request, reply) => reply.redirect('/docs', 302));
  SwaggerModule.setup('docs', app, () => buildDocument(app), {
    jsonDocumentUrl: 'docs/json',
    yamlDocumentUrl: 'docs/yaml',
    customSiteTitle: 'ComfyUI Gateway',
    customCss: TABLES,
    patchDocumentOnRequest: async (_request, _response, document) => {
      await workflows.refresh();
      const current = workflows.app();
      const whole = current === app ? document : together(document, current);
      return describeWorkflows(whole, current.get(WorkflowCatalogue), app.get(PromptDoor).fields);
    },
  });
}

/** Swagger UI sets the cells of Markdown tables without a gap between them. */
const TABLES =
  '.swagger-ui .renderedMarkdown table tr :is(th, td) { padding: 0.4em 1.2em 0.4em 0 !important }';

function buildDocument(app: NestFastifyApplication): OpenAPIObject {
  const info = new DocumentBuilder()
    .setTitle('ComfyUI Gateway')
    .setDescription('The production API for ComfyUI: run any workflow over plain HTTP.')
    .setVersion(GATEWAY_VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('prompt', 'Run workflows and get their outputs.')
    .addTag('workflows', 'Workflow files as routes: their inputs by name.')
    .addTag('Comfy API v2 · jobs', 'The official API: jobs of every door.')
    .addTag('Comfy API v2 · assets', 'The official API: files that clients bring and jobs make.')
    .addTag('models', 'What ComfyUI has to work with.')
    .addTag('probes', 'For load balancers, orchestrators and people.')
    .build();
  const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, info));
  return describeFormats(document, app.get(OutputFormats));
}

/** Workflows may be an application of their own; its readers should not notice. */
function together(document: OpenAPIObject, workflows: NestFastifyApplication): OpenAPIObject {
  const more = cleanupOpenApiDoc(
    SwaggerModule.createDocument(workflows, new DocumentBuilder().build()),
  );
  return {
    ...document,
    paths: { ...document.paths, ...more.paths },
    components: {
      ...document.components,
      schemas: { ...more.components?.schemas, ...document.components?.schemas },
    },
  };
}
