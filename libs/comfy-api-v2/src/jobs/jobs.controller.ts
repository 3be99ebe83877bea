import { stringifyJson, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';
import { JobNotFoundError, JobService, type JobSummary } from '@gateway/jobs';
import { systemClock, type Clock } from '@gateway/kernel';
import { PromptService, TakesLongTexts, type PromptCommand } from '@gateway/prompt';
import {
  Body,
  Get,
  Head,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExcludeEndpoint,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { ApiV2Controller } from '../api-v2.controller';
import { Bodyless } from '../bodyless';
import { InvalidRequestError } from '../comfy-api-v2.errors';
import { COMFY_API_V2_OPTIONS, type ComfyApiV2Options } from '../comfy-api-v2.module-definition';
import { invalidFields } from '../error-envelope';
import { ApiV2Errors } from '../error-envelope.dto';
import { JobEventStreams } from '../events/job-event-streams';
import { SSE_HEADERS } from '../events/sse-frame';
import { withKey } from '../idempotency';
import { SOLE_OWNER } from '../owner';
import { PublicUrls } from '../public-urls';
import {
  EXTENSION_FIELDS,
  JobDto,
  JobsDto,
  JobWorkflowDto,
  ListJobsDto,
  SubmitJobDto,
  type JobBody,
} from './job.dto';
import { cursorAt, jobQueryOf } from './job-list.query';
import { JobViews } from './job.views';

const NOT_FOUND = '`not_found`: there is none, or it has expired.';
const DEFAULT_LIMIT = 50;

/** Workflows that were submitted, here or at any other door. */
@ApiV2Controller('jobs')
export class JobsController {
  private readonly clock: Clock;

  constructor(
    @Inject(PromptService) private readonly prompts: PromptService,
    @Inject(JobService) private readonly jobs: JobService,
    @Inject(JobViews) private readonly views: JobViews,
    @Inject(JobEventStreams) private readonly streams: JobEventStreams,
    @Inject(PublicUrls) private readonly urls: PublicUrls,
    @Inject(COMFY_API_V2_OPTIONS) private readonly options: ComfyApiV2Options,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  @Post()
  @TakesLongTexts()
  @HttpCode(201)
  @ApiOperation({
    operationId: 'postJobs',
    summary: 'Submit a workflow',
    description: 'All that can be refused is refused at once. What is accepted is written down.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Good for one job within 24 hours, unless none came of it.',
  })
  @ApiCreatedResponse({ type: JobDto, description: 'It waits for its turn.' })
  @ApiV2Errors({
    422:
      '`invalid_workflow` (`details.node_errors`: node → `[{ field, reason }]`), ' +
      '`workflow_format_ui`, `missing_asset`, `idempotency_key_reuse`, or `invalid_request`.',
    429: '`queue_full`; see `Retry-After`.',
    503: '`service_unavailable`: the engine has not started yet, is gone, or we are going; see `Retry-After`.',
  })
  async submit(
    @Body() body: SubmitJobDto,
    @Req() request: FastifyRequest,
    @Headers('idempotency-key') key?: string,
  ): Promise<JobBody> {
    if (!this.options.extensions) refuseExtensions(body);
    const claim = { ownerId: SOLE_OWNER, key, now: this.clock.now() };
    const job = await withKey(this.options.keys, claim, (alongside) =>
      this.prompts.submit({ ...commandOf(body, request), alongside }),
    );
    request.raw.jobId = job.id;
    return this.views.body(job, request);
  }

  @Get()
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs, newest first',
    description: 'Extension of the contract.',
  })
  @ApiQuery({
    name: 'metadata.<key>',
    required: false,
    description: 'Jobs whose `metadata` has this text under the key: `metadata.order=4711`.',
  })
  @ApiOkResponse({ type: JobsDto })
  @ApiV2Errors({ 422: '`invalid_request`' })
  async list(@Query() query: ListJobsDto, @Req() request: FastifyRequest): Promise<JobsDto> {
    const { limit = DEFAULT_LIMIT } = query;
    const found = await this.jobs.list({ ...jobQueryOf(query), limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      jobs: this.views.bodies(
        page.map(({ job }) => job),
        request,
      ),
      next_cursor: last && found.length > limit ? cursorAt(last.place) : null,
    };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getJob',
    summary: 'A job',
    description: 'Of any door: the `id` of `/prompt` and of `/workflows/*` is one of these.',
  })
  @ApiOkResponse({ type: JobDto })
  @ApiV2Errors({ 404: NOT_FOUND })
  async get(@Param('id') id: string, @Req() request: FastifyRequest): Promise<JobBody> {
    return this.views.body(await this.summary(id), request);
  }

  @Get(':id/workflow')
  @ApiOperation({ operationId: 'getJobWorkflow', summary: 'The workflow behind a job' })
  @ApiOkResponse({ type: JobWorkflowDto })
  @ApiV2Errors({ 404: NOT_FOUND })
  async workflow(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const job = await this.jobs.get(id);
    if (!job) throw new JobNotFoundError(id);
    await reply
      .type('application/json; charset=utf-8')
      .serializer(stringifyJson)
      .send({ workflow: job.request.prompt, format: 'api' });
  }

  /** Stands before its GET: Fastify would make one of that, and open a stream for it. */
  @Head(':id/events')
  @ApiExcludeEndpoint()
  async describeEvents(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await this.summary(id);
    await reply.headers(SSE_HEADERS).send();
  }

  @Get(':id/events')
  @ApiOperation({
    operationId: 'getJobEvents',
    summary: 'Follow a job (server-sent events)',
    description:
      'Where it stands, then what happens: `status`, `progress`, `preview`, `output`, `log`. Ends after ' +
      'the terminal `status`.',
  })
  @ApiOkResponse({
    description: 'The stream.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  @ApiV2Errors({
    404: NOT_FOUND,
    429: '`too_many_streams`: poll the job, or see `Retry-After`.',
  })
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.streams.serveJobEvents(reply.raw, id, this.urls.baseFor(request));
    reply.hijack();
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Bodyless()
  @ApiOperation({
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    description: 'One that waits is canceled at once; one that has ended stays as it is.',
  })
  @ApiOkResponse({ type: JobDto })
  @ApiV2Errors({ 404: NOT_FOUND })
  async cancel(@Param('id') id: string, @Req() request: FastifyRequest): Promise<JobBody> {
    return this.views.body(await this.jobs.cancel(id), request);
  }

  private async summary(id: string): Promise<JobSummary> {
    const job = await this.jobs.summary(id);
    if (!job) throw new JobNotFoundError(id);
    return job;
  }
}

function refuseExtensions(body: SubmitJobDto): void {
  const used = EXTENSION_FIELDS.filter((field) => body[field] !== undefined);
  if (used.length === 0) return;
  const issues = used.map((field) => ({ path: [field], message: 'is not accepted here' }));
  throw new InvalidRequestError(...invalidFields(issues));
}

function commandOf(
  body: SubmitJobDto,
  { bodyBytes: sizeBytes, longTexts }: FastifyRequest,
): PromptCommand {
  // The contract has outputs retrievable for as long as their job is there.
  const { workflow, extra_data, metadata, priority, keep = true } = body;
  const { webhook_url: url, webhook_events: events } = body;
  return {
    prompt: workflow as JsonValue,
    extraData: extra_data as JsonObject | undefined,
    metadata,
    priority,
    keep,
    ...(url !== undefined && { webhooks: [{ field: 'webhook_url', url, events }] }),
    needsCatalogue: true,
    sizeBytes,
    longTexts,
  };
}
