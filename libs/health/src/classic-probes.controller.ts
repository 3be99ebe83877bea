import { Controller, Get, HttpStatus, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { GatewayStatus } from './gateway-status';
import { HealthIndicators } from './health-indicators';
import { HealthDto, ReadyDto } from './health.dto';
import { HEALTH_OPTIONS, type HealthOptions } from './health.module-definition';

/** The two probes that users of comfyui-api know, in its words and codes. */
@ApiTags('probes')
@Controller()
export class ClassicProbesController {
  constructor(
    private readonly status: GatewayStatus,
    private readonly indicators: HealthIndicators,
    @Inject(HEALTH_OPTIONS) private readonly options: HealthOptions,
  ) {}

  @Get('health')
  @ApiOperation({
    operationId: 'health',
    summary: 'Whether the gateway has come up',
    description:
      '`200` once ComfyUI was ready, and warmed up, for the first time, and from then on for as long ' +
      'as the process lives, even while ComfyUI is restarted.',
  })
  @ApiResponse({ status: 200, type: HealthDto, description: 'Healthy.' })
  @ApiResponse({ status: 500, type: HealthDto, description: 'Not healthy (yet).' })
  health(@Res() reply: FastifyReply): void {
    const healthy = this.status.started;
    void reply.status(healthy ? HttpStatus.OK : HttpStatus.INTERNAL_SERVER_ERROR).send({
      version: this.options.version,
      status: healthy ? 'healthy' : 'not healthy',
    } satisfies HealthDto);
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'ready',
    summary: 'Whether prompts should be sent here now',
    description:
      '`503` while ComfyUI is not running or warms up, while the gateway shuts down, and while ' +
      '`MAX_QUEUE_DEPTH` or more prompts wait.',
  })
  @ApiResponse({ status: 200, type: ReadyDto, description: 'Ready.' })
  @ApiResponse({ status: 503, type: ReadyDto, description: 'Not ready.' })
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const ready = this.status.ready && (await this.indicators.areUp());
    void reply.status(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE).send({
      version: this.options.version,
      status: ready ? 'ready' : 'not ready',
    } satisfies ReadyDto);
  }
}
