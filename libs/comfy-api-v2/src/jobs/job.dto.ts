import { WEBHOOK_EVENTS } from '@gateway/jobs';
import { webhookUrl } from '@gateway/prompt';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const EXAMPLE_ID = '7f3d2c1b-9a8e-4d6f-b012-3c4d5e6f7a8b';
const EXAMPLE_GRAPH = {
  '1': {
    class_type: 'EmptyImage',
    inputs: { width: 512, height: 512, batch_size: 1, color: 3447003 },
  },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'ComfyUI' } },
};

const metadata = z
  .record(z.string().min(1).max(64), z.string().max(1024))
  .refine((notes) => Object.keys(notes).length <= 50, { error: 'must not have more than 50 keys' })
  .meta({ example: { order: '4711' } });

const submitJobSchema = z
  .strictObject({
    workflow: z
      .record(z.string(), z.unknown(), { error: 'must be a workflow in API format' })
      .describe(
        'Workflow in API format. `{"__type": "core/ASSET", "info": {"id": "…"}}` stands for a file, ' +
          'anywhere in the inputs of a node.',
      )
      .meta({ example: EXAMPLE_GRAPH }),
    extra_data: z
      .strictObject({
        api_key_comfy_org: z.string().optional().describe('For partner (API) nodes. Never stored.'),
      })
      .optional(),
    metadata: metadata
      .optional()
      .describe('Extension: your own notes; jobs can be listed by them.'),
    priority: z
      .int()
      .min(-100)
      .max(100)
      .optional()
      .describe('Extension: higher ones are run first, equal ones in their order. Default 0.'),
    webhook_url: webhookUrl
      .optional()
      .describe('Extension: gets the whole result in one call, as `webhook_v2` of `/prompt` does.')
      .meta({ example: 'https://example.com/hooks/comfyui' }),
    webhook_events: z
      .array(z.enum(WEBHOOK_EVENTS))
      .min(1)
      .optional()
      .describe('Extension: which outcomes `webhook_url` is told of; all when absent.')
      .meta({ example: ['prompt.failed'] }),
    keep: z
      .boolean()
      .optional()
      .describe(
        'Extension: `false` lets the outputs go once the webhook has taken them. Default `true`.',
      ),
  })
  .refine(
    ({ webhook_events, webhook_url }) => webhook_events === undefined || webhook_url !== undefined,
    { path: ['webhook_events'], error: 'needs a webhook_url' },
  )
  .meta({ example: { workflow: EXAMPLE_GRAPH } });

export class SubmitJobDto extends createZodDto(submitJobSchema) {}

/** What the contract does not have, or reserves. */
export const EXTENSION_FIELDS = [
  'metadata',
  'priority',
  'webhook_url',
  'webhook_events',
  'keep',
] as const;

const STATUSES = [
  'queued',
  'running',
  'succeeded',
  'canceling',
  'canceled',
  'failed',
  'expired',
] as const;

const status = z.enum(STATUSES);
const time = z.iso.datetime();

const progressSchema = z
  .object({
    value: z.number().min(0).max(1).describe('Of the whole.').meta({ example: 0.42 }),
    nodes_done: z.int(),
    nodes_total: z.int(),
    current_node: z.string().nullable(),
    current_node_class: z.string().nullable(),
    step: z.int().nullable(),
    steps: z.int().nullable(),
    message: z.string().nullable().meta({ example: 'KSampler 21/50' }),
  })
  .describe('How far it is, by nodes and sampler steps.');

const outputSchema = z
  .object({
    node_id: z.string().meta({ example: '2' }),
    name: z.string().meta({ example: 'ComfyUI_00001_.png' }),
    type: z.enum(['image', 'video', 'audio', 'text', 'file', 'latent']),
    content_type: z.string().meta({ example: 'image/png' }),
    size_bytes: z.number(),
    id: z.string().describe('The asset that it is.'),
    hash: z.string().nullable().describe('`blake3:<hex>`; `null` while it was not computed yet.'),
    url: z.string().describe('Where its bytes are.'),
    url_expires_at: time,
    job_id: z.string(),
  })
  .describe('A file or text that the job made.');

export type OutputBody = z.infer<typeof outputSchema>;

const errorSchema = z.object({
  code: z.string().meta({ example: 'node_execution_error' }),
  message: z.string(),
  node_id: z.string().nullable(),
  class_type: z.string().nullable(),
  traceback: z.string().nullable(),
});

export type JobErrorBody = z.infer<typeof errorSchema>;

const jobSchema = z
  .object({
    id: z.string().meta({ example: EXAMPLE_ID }),
    status,
    created_at: time,
    started_at: time.nullable().describe('Of its latest attempt.'),
    completed_at: time.nullable(),
    expires_at: time.describe('It may be forgotten after this.'),
    queue_position: z.int().nullable().describe('Jobs before it; `null`: it does not wait.'),
    progress: progressSchema.nullable(),
    outputs: z.array(outputSchema).describe('Those there are so far.'),
    error: errorSchema.nullable(),
    metrics: z.object({ queue_ms: z.int().nullable(), execution_ms: z.int().nullable() }),
    urls: z.object({ self: z.string(), events: z.string(), cancel: z.string() }),
    metadata: z.record(z.string(), z.string()).optional(),
    priority: z.int().optional(),
  })
  .describe('One execution of a workflow.');

export class JobDto extends createZodDto(jobSchema) {}

export type JobBody = z.infer<typeof jobSchema>;

const workflowSchema = z.object({
  workflow: z
    .record(z.string(), z.unknown())
    .describe('The graph that runs: files that came inside the request are named, not contained.'),
  format: z.literal('api'),
});

export class JobWorkflowDto extends createZodDto(workflowSchema) {}

const list = new RegExp(`^(?:${STATUSES.join('|')})(?:,(?:${STATUSES.join('|')}))*$`);

const listJobsSchema = z
  .looseObject({
    status: z
      .string()
      .regex(list, `must be of ${STATUSES.join(', ')}, separated by commas`)
      .optional()
      .meta({ example: 'queued,running' }),
    created_after: z.iso.datetime({ offset: true }).optional(),
    created_before: z.iso.datetime({ offset: true }).optional(),
    limit: z.coerce.number().int().min(1).max(200).optional().describe('Default 50.'),
    cursor: z.string().optional().describe('The `next_cursor` of the page before.'),
  })
  .superRefine((query, context) => {
    for (const [key, value] of Object.entries(query)) {
      if (key in listJobsSchema.shape) continue;
      if (!key.startsWith('metadata.')) {
        context.addIssue({ code: 'custom', path: [key], message: 'is not known here' });
      } else if (typeof value !== 'string') {
        context.addIssue({ code: 'custom', path: [key], message: 'must be given once' });
      }
    }
  });

export class ListJobsDto extends createZodDto(listJobsSchema) {}

const jobsSchema = z.object({
  jobs: z.array(jobSchema),
  next_cursor: z.string().nullable().describe('`null`: there are no more.'),
});

export class JobsDto extends createZodDto(jobsSchema) {}
