import { PromptDoor } from '@gateway/prompt';
import { WorkflowRegistryModule, type WorkflowSource } from '@gateway/workflow-registry';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

import { letEarlyAnswersArrive } from './http/early-answers';
import { acceptJsonBodies } from './http/json-body';
import { ProblemFilter } from './http/problem.filter';

@Module({})
class DoorModule {}

/** The workflow files alone, as an application beside the gateway's own and at its door. */
@Module({})
class WorkflowsAppModule {
  static for(source: WorkflowSource, door: PromptDoor): DynamicModule {
    const atTheDoor: DynamicModule = {
      module: DoorModule,
      providers: [{ provide: PromptDoor, useValue: door }],
      exports: [PromptDoor],
    };
    return {
      module: WorkflowsAppModule,
      imports: [WorkflowRegistryModule.fromDirectory({ ...source, imports: [atTheDoor] })],
      providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
    };
  }
}

/** Loads the files as they are now. The application is ready to serve, and does not listen. */
export async function buildWorkflowsApp(
  source: WorkflowSource,
  door: PromptDoor,
  maxBodyBytes: number,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkflowsAppModule.for(source, door),
    new FastifyAdapter({ bodyLimit: maxBodyBytes }),
    { bodyParser: false, logger: false, abortOnError: false },
  );
  letEarlyAnswersArrive(app);
  acceptJsonBodies(app, maxBodyBytes);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
