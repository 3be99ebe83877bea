import { inputSchema } from '@gateway/workflow-files';
import { All, Controller, Get, Param } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

import { WorkflowNotFoundError } from '../workflow.errors';
import { WorkflowCatalogue, type BrokenWorkflow, type ServedWorkflow } from '../workflow.catalogue';
import { missingWorkflow } from './missing-workflow';

const listedSchema = z.object({
  state: z.enum(['served', 'broken']),
  file: z.string().describe('Relative to `WORKFLOW_DIR`; of an extension, which one.'),
  route: z.string().describe('Where to POST to.'),
  summary: z.string().optional(),
  description: z.string().optional(),
  input: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('JSON Schema (draft 2020-12) of `input`, with the choices of this moment.'),
  reason: z.string().optional().describe('Why the file is not served.'),
  line: z.number().int().optional().describe('Where in the file.'),
});

const EXAMPLE = [
  {
    state: 'served',
    file: 'sdxl/txt2img.ts',
    route: '/workflows/sdxl/txt2img',
    summary: 'Text to image',
    input: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
  },
  {
    state: 'broken',
    file: 'upscale.ts',
    route: '/workflows/upscale',
    reason: 'It exports no generateWorkflow',
  },
];

export class WorkflowsDto extends createZodDto(
  z.object({ workflows: z.array(listedSchema) }).meta({ example: { workflows: EXAMPLE } }),
) {}

type Listed = z.infer<typeof listedSchema>;

@ApiTags('workflows')
@Controller()
export class WorkflowsController {
  constructor(private readonly catalogue: WorkflowCatalogue) {}

  @Get('workflows')
  @ApiOperation({
    operationId: 'listWorkflows',
    summary: 'The workflows there are, and the files that failed',
    description: 'Every file of `WORKFLOW_DIR` that is a workflow, or should be one.',
  })
  @ApiOkResponse({ type: WorkflowsDto, description: 'By file.' })
  list(): WorkflowsDto {
    const workflows = this.catalogue.entries.map((entry) =>
      entry.state === 'served' ? listServed(entry) : listBroken(entry),
    );
    return { workflows };
  }

  /** @throws WorkflowNotFoundError (`workflow.not_found`): whatever is served has a route of its own. */
  @All(['workflows/*', 'workflow/*'])
  @ApiExcludeEndpoint()
  missing(@Param('*') path: string): never {
    throw new WorkflowNotFoundError(missingWorkflow(this.catalogue, path));
  }
}

function listServed({ state, file, route, workflow }: ServedWorkflow): Listed {
  const { summary, description, RequestSchema } = workflow;
  return {
    state,
    file,
    route: `/workflows/${route}`,
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    input: inputSchema(RequestSchema, 'draft-2020-12'),
  };
}

function listBroken({ route, ...entry }: BrokenWorkflow): Listed {
  return { ...entry, route: `/workflows/${route}` };
}
