import type { Log } from '@gateway/kernel';
import { ApiPromptAnswers, PromptDoor } from '@gateway/prompt';
import { Body, Controller, HttpCode, Inject, Post, Req, Res, type Type } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { ServedWorkflow } from '../workflow.catalogue';
import { workflowRequests } from './workflow-request';

/**
 * The controller of one workflow: a class of its own, since Nest keeps what decorators say with the
 * class. What depends on the moment is put into the document by `describeWorkflows`.
 */
export function workflowController(served: ServedWorkflow, log: Log): Type<object> {
  const { route, operationId, workflow } = served;

  @ApiTags('workflows')
  @Controller()
  class WorkflowController {
    private readonly doorRequest = workflowRequests(served, log, () => this.door.fields);

    constructor(@Inject(PromptDoor) private readonly door: PromptDoor) {}

    @Post(`workflows/${route}`)
    @HttpCode(200)
    @ApiOperation({ operationId, summary: workflow.summary ?? route })
    @ApiPromptAnswers()
    async run(
      @Body() body: unknown,
      @Req() request: FastifyRequest,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      await this.door.run(await this.doorRequest(body), request, reply);
    }

    /** Users of comfyui-api know the singular too. */
    @Post(`workflow/${route}`)
    @HttpCode(200)
    @ApiExcludeEndpoint()
    runAsAlias(
      @Body() body: unknown,
      @Req() request: FastifyRequest,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      return this.run(body, request, reply);
    }
  }

  Object.defineProperty(WorkflowController, 'name', { value: `${operationId}_controller` });
  return WorkflowController;
}
