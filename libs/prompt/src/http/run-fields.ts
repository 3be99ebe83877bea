import type { OutputConversion, OutputFormats } from '@gateway/media';
import { z } from 'zod';

/** A job id goes into file names. */
const jobId = z
  .string()
  .regex(/^(?!\.)[A-Za-z0-9._-]{1,128}$/, {
    error: 'must be 1 to 128 of A-Z a-z 0-9 . _ - and not begin with a dot',
  })
  .meta({ example: 'order-4711' });

/** An address that a client names. */
export const webhookUrl = z.url({
  protocol: /^https?$/,
  hostname: /./,
  error: 'must be an http or https URL',
});

/** What a caller may say beside the workflow, at every classic door. */
export const runFields = ({ schema: conversion }: OutputFormats) => ({
  id: jobId.optional().describe("The caller's own id for the job; minted when absent."),
  convert_output: (conversion satisfies z.ZodType<OutputConversion>)
    .optional()
    .describe('Re-encode every picture. Other files stay as they are.'),
  extra_data: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Handed to ComfyUI as it is: `extra_pnginfo`, `api_key_comfy_org`, …'),
  webhook: webhookUrl
    .optional()
    .describe(
      'Answer `202` at once; send each output here in a call of its own (`output.complete`), or one ' +
        '`prompt.failed`.',
    )
    .meta({ example: 'https://example.com/hooks/comfyui' }),
  webhook_v2: webhookUrl
    .optional()
    .describe(
      'Answer `202` at once; send the whole result here in one call (`prompt.complete` or ' +
        '`prompt.failed`), signed by the Standard Webhooks specification if `WEBHOOK_SECRET` is set.',
    )
    .meta({ example: 'https://example.com/hooks/comfyui' }),
  keep: z
    .boolean()
    .optional()
    .describe(
      '`true` keeps the outputs for `GET /api/v2/jobs/{id}` until the job expires, also those that the ' +
        'answer carries. Default `false`.',
    ),
  timeout_s: z
    .number()
    .positive()
    .max(86_400)
    .optional()
    .describe(
      'Seconds to wait for the result. Then the answer is a `202` with the addresses of the job, which ' +
        'goes on; its outputs are kept there.',
    ),
  cancel_on_disconnect: z
    .boolean()
    .optional()
    .describe('`false` lets the job run on when this request is dropped. Default `true`.'),
});

export type RunFieldSchemas = ReturnType<typeof runFields>;
export type RunFields = z.infer<z.ZodObject<RunFieldSchemas>>;
