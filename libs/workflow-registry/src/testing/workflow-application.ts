import { parseRequestJson, stringifyJson } from '@gateway/comfy-protocol';
import { DomainError } from '@gateway/kernel';
import { OutputFormats } from '@gateway/media';
import { PromptDoor, runFields, type DoorRequest } from '@gateway/prompt';
import { Catch, Module, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cleanupOpenApiDoc, ZodValidationException } from 'nestjs-zod';
import type { z } from 'zod';

import { describeWorkflows } from '../describing/describe-workflows';
import { WorkflowRegistryModule } from '../workflow-registry.module';
import { WorkflowCatalogue } from '../workflow.catalogue';
import type { WorkflowFolder } from './workflow-folder';

/** A door that writes down what it was asked, and answers the echo. */
class RecordingDoor {
  readonly asked: DoorRequest[] = [];
  readonly fields = runFields(new OutputFormats());

  async run(asked: DoorRequest, _request: FastifyRequest, reply: FastifyReply): Promise<void> {
    this.asked.push(asked);
    await reply
      .type('application/json')
      .serializer(stringifyJson)
      .send({ ...asked.echo });
  }
}

export interface WorkflowApplication {
  readonly asked: readonly DoorRequest[];
  get(path: string): Promise<Answer>;
  post(path: string, body: string | object): Promise<Answer>;
  document(): OpenAPIObject;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  /** As text, since it may hold integers beyond 2^53. */
  readonly text: string;
  json(): unknown;
}

/** A Nest application with the workflows of a folder and nothing behind them. */
export async function startWorkflows(folder: WorkflowFolder): Promise<WorkflowApplication> {
  const door = new RecordingDoor();

  @Module({ providers: [{ provide: PromptDoor, useValue: door }], exports: [PromptDoor] })
  class DoorModule {}

  const { dir, config, log } = folder;
  const app = await NestFactory.create<NestFastifyApplication>(
    await WorkflowRegistryModule.fromDirectory({
      dir,
      config,
      log,
      markdownDescriptions: true,
      imports: [DoorModule],
    }),
    new FastifyAdapter(),
    { bodyParser: false, logger: false, abortOnError: false },
  );
  app.useGlobalFilters(new PlainFilter());
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser(['application/json']);
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) =>
    done(null, parseRequestJson(String(text))),
  );
  await app.init();
  await fastify.ready();
  const answer = ({ statusCode, body }: { statusCode: number; body: string }): Answer => ({
    status: statusCode,
    text: body,
    json: () => JSON.parse(body) as unknown,
  });
  return {
    asked: door.asked,
    get: async (url) => answer(await app.inject({ method: 'GET', url })),
    post: async (url, body) =>
      answer(
        await app.inject({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          payload: typeof body === 'string' ? body : stringifyJson(body),
        }),
      ),
    document: () =>
      describeWorkflows(
        cleanupOpenApiDoc(SwaggerModule.createDocument(app, new DocumentBuilder().build())),
        app.get(WorkflowCatalogue),
        door.fields,
      ),
    close: () => app.close(),
  };
}

/** Tells what was thrown, as little as specs need. */
@Catch()
class PlainFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof ZodValidationException) {
      const { issues } = error.getZodError() as z.ZodError;
      void reply.status(400).send({
        issues: issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
      });
    } else if (error instanceof DomainError) {
      const { code, message: words } = error;
      const { location } = error as { readonly location?: string };
      void reply.status(400).send({ error: words, code, location });
    } else {
      void reply.status(500).send({ error: String(error) });
    }
  }
}
