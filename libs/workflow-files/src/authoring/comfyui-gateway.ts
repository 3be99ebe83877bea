import type { AuthorConfig } from './author-config';

/**
 * The package `comfyui-gateway`, for editors and compilers. A gateway that loads a workflow file gives
 * it its own instead (`host-modules.ts`): the same names, with an engine behind `config`.
 */
export { z } from 'zod';
export type { AuthorConfig, AuthorModels, LiveChoices, ModelFolder } from './author-config';
export { defineWorkflow, type Workflow, type WorkflowGraph, type WorkflowNode } from './workflow';

/** Out of a gateway there is no engine to ask. */
export const config: AuthorConfig = new Proxy({} as AuthorConfig, {
  get: (_, key) => {
    throw new Error(`config.${String(key)} is there only in a file that a gateway has loaded`);
  },
});
