import { within } from '@gateway/kernel';
import {
  type defineWorkflow,
  messageOf,
  readExport,
  type Workflow,
  type WorkflowHostConfig,
} from '@gateway/workflow-files';
import type { z } from 'zod';

import type { BrokenWorkflow, ServedWorkflow } from '../workflow.catalogue';
import { WorkflowCodeError } from '../workflow.errors';
import { nameProblem } from '../workflow-route';

/** What a workflow file would import from `comfyui-gateway`. */
export interface WorkflowAuthoring {
  readonly z: typeof z;
  readonly config: WorkflowHostConfig;
  readonly defineWorkflow: typeof defineWorkflow;
}

/** Workflows that come from code, beside those from files. */
export interface WorkflowCode {
  /** Asked at the start, and again whenever files are loaded anew. Route → workflow. */
  workflows(
    authoring: WorkflowAuthoring,
  ): Readonly<Record<string, Workflow>> | Promise<Readonly<Record<string, Workflow>>>;
}

export interface NamedWorkflowCode {
  readonly name: string;
  readonly code: WorkflowCode;
}

const ANSWERS_WITHIN_MS = 10_000;

/** @throws WorkflowCodeError (`workflow.code_failed`) when it has no answer. */
export async function workflowsOf(
  { name, code }: NamedWorkflowCode,
  authoring: WorkflowAuthoring,
): Promise<readonly (Omit<ServedWorkflow, 'operationId'> | BrokenWorkflow)[]> {
  // Asynchronous, so that all that it throws takes one way.
  const ask = async (): Promise<unknown> => code.workflows(authoring);
  let found: unknown;
  try {
    found = await within(ANSWERS_WITHIN_MS, ask(), 'Asking it for workflows');
  } catch (thrown) {
    throw new WorkflowCodeError(name, messageOf(thrown), { cause: thrown });
  }
  if (typeof found !== 'object' || found === null) {
    throw new WorkflowCodeError(name, 'It gave no workflows');
  }
  return Object.entries(found).map(([route, workflow]) => entry(name, route, workflow));
}

function entry(
  name: string,
  route: string,
  workflow: unknown,
): Omit<ServedWorkflow, 'operationId'> | BrokenWorkflow {
  const file = `${route} (${name})`;
  const read = readExport(workflow);
  const problem =
    nameProblem(route) ?? (read.kind === 'broken' ? read.reason : 'It is no workflow');
  return read.kind === 'workflow' && nameProblem(route) === undefined
    ? { state: 'served', file, route, workflow: read.workflow }
    : { state: 'broken', file, route, reason: problem };
}
