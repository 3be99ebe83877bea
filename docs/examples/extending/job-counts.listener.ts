import { Controller, Get, Module } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EventListener, type EventMap } from 'comfyui-gateway/app';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** How many jobs got where. */
@EventListener('job-transitioned')
export class JobCounts implements EventListener<'job-transitioned'> {
  readonly counts: Record<string, number> = {};

  handle({ to }: EventMap['job-transitioned']): void {
    this.counts[to] = (this.counts[to] ?? 0) + 1;
  }
}

class JobCountsDto extends createZodDto(z.object({ counts: z.record(z.string(), z.int()) })) {}

@ApiTags('team')
@Controller('team')
export class TeamController {
  constructor(private readonly jobs: JobCounts) {}

  @Get('job-counts')
  @ApiOperation({ operationId: 'jobCounts', summary: 'How many jobs got where' })
  @ApiOkResponse({ type: JobCountsDto })
  jobCounts(): JobCountsDto {
    return { counts: this.jobs.counts };
  }
}

@Module({ providers: [JobCounts], controllers: [TeamController] })
export class JobCountsModule {}
