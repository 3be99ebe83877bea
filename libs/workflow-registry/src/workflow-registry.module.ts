import { Module, type DynamicModule } from '@nestjs/common';

import { workflowController } from './http/workflow.controller.factory';
import { WorkflowsController } from './http/workflows.controller';
import { loadWorkflows, type WorkflowSource } from './loading/load-workflows';
import { WorkflowCatalogue } from './workflow.catalogue';

export interface WorkflowRegistryOptions extends WorkflowSource {
  /** Where `PromptDoor` comes from. */
  readonly imports: NonNullable<DynamicModule['imports']>;
}

/** One controller for each workflow file of a folder. */
@Module({})
export class WorkflowRegistryModule {
  /** Loads the files first: Nest must know the controllers when it reads the module. */
  static async fromDirectory(options: WorkflowRegistryOptions): Promise<DynamicModule> {
    const { imports, log } = options;
    const catalogue = await loadWorkflows(options);
    return {
      module: WorkflowRegistryModule,
      imports,
      controllers: [
        WorkflowsController,
        ...catalogue.served.map((served) => workflowController(served, log)),
      ],
      providers: [{ provide: WorkflowCatalogue, useValue: catalogue }],
      exports: [WorkflowCatalogue],
    };
  }
}
