import { OutputFormats, type OutputConversion } from '@gateway/media';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

import { runFields, type RunFieldSchemas } from './run-fields';

const EXAMPLE_GRAPH = {
  '1': {
    class_type: 'EmptyImage',
    inputs: { width: 512, height: 512, batch_size: 1, color: 3447003 },
  },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'ComfyUI' } },
};

const graph = z
  .record(z.string(), z.unknown(), {
    error: 'must be a workflow in API format: { "prompt": { "<node id>": { … } } }',
  })
  .describe(
    'Workflow in API format: node id → `{ class_type, inputs }`; a link is `["<node id>", <slot>]`. ' +
      'Every input that ComfyUI marks as an upload (picture, mask, sound, video, 3D) takes the name of ' +
      'a file in the input folder, base64, a data URI, or an http(s) URL; the `directory` of ' +
      '`VHS_LoadImages` and `VHS_LoadImagesPath` an array of these.',
  )
  .meta({ example: EXAMPLE_GRAPH });

/** What `POST /prompt` takes. */
export function promptRequestSchema(fields: RunFieldSchemas) {
  // Named here, for the declaration of this file to find it.
  const conversion: z.ZodOptional<z.ZodType<OutputConversion>> = fields.convert_output;
  return (
    z
      .strictObject({ prompt: graph, ...fields, convert_output: conversion })
      // What "Try it out" sends: it must run as it is.
      .meta({ example: { prompt: EXAMPLE_GRAPH } })
  );
}

/** For the documentation, without the formats that extensions add. */
export class PromptRequestDto extends createZodDto(
  promptRequestSchema(runFields(new OutputFormats())),
) {}

const milliseconds = z.number().describe('Milliseconds.');

const statsSchema = z.object({
  comfy_execution: z.object({
    start: z.number().describe("Epoch milliseconds, by the engine's clock."),
    end: z.number().describe("Epoch milliseconds, by the engine's clock."),
    duration: milliseconds,
    nodes: z.record(z.string(), z.object({ start: z.number() })),
  }),
  preprocess_time: milliseconds,
  queue_time: milliseconds,
  comfy_round_trip_time: milliseconds,
  postprocess_time: milliseconds,
  total_time: milliseconds,
});

const outputSchema = z.object({
  node_id: z.string(),
  filename: z.string().optional().describe('Path below the output folder; absent for text.'),
  type: z.enum(['image', 'video', 'audio', 'text', 'latent', 'file']),
  content_type: z.string().meta({ example: 'image/png' }),
  text: z.string().optional(),
});

const EXAMPLE_ANSWER = {
  id: 'order-4711',
  prompt: {
    ...EXAMPLE_GRAPH,
    '2': {
      class_type: 'SaveImage',
      inputs: { images: ['1', 0], filename_prefix: 'order-4711_ComfyUI' },
    },
  },
  images: ['iVBORw0KGgoAAAANSUhEUgAA…'],
  filenames: ['order-4711_ComfyUI_00001_.png'],
  outputs: [
    {
      node_id: '2',
      filename: 'order-4711_ComfyUI_00001_.png',
      type: 'image',
      content_type: 'image/png',
    },
  ],
  stats: {
    comfy_execution: {
      start: 1795443303006,
      end: 1795443303024,
      duration: 18,
      nodes: { '1': { start: 1795443303008 }, '2': { start: 1795443303010 } },
    },
    preprocess_time: 0.05,
    queue_time: 0.3,
    comfy_round_trip_time: 20.4,
    postprocess_time: 0.9,
    total_time: 22.1,
  },
};

const promptAnswerSchema = z
  .object({
    id: z.string(),
    prompt: z.record(z.string(), z.unknown()).describe('The graph that ran.'),
    images: z.array(z.string()).describe('Every file in base64, in the order of `filenames`.'),
    filenames: z.array(z.string()),
    outputs: z.array(outputSchema).describe('Files and texts, in graph order.'),
    stats: statsSchema,
  })
  .meta({ example: EXAMPLE_ANSWER });

export class PromptAnswerDto extends createZodDto(promptAnswerSchema) {}

const promptAcceptedSchema = z
  .object({
    status: z.enum(['ok', 'running']).describe('`running`: `timeout_s` is over, the job goes on.'),
    id: z.string(),
    urls: z
      .object({ self: z.string(), events: z.string(), cancel: z.string() })
      .optional()
      .describe('With `running`: the job.'),
    webhook: z.string().optional(),
    webhook_v2: z.string().optional(),
    prompt: z.record(z.string(), z.unknown()).optional().describe('The graph that will run.'),
  })
  .meta({
    example: {
      status: 'ok',
      id: 'order-4711',
      webhook: 'https://example.com/hooks/comfyui',
      prompt: EXAMPLE_GRAPH,
    },
  });

const interruptSchema = z.strictObject({
  id: z.string().describe('Of the job.').meta({ example: 'order-4711' }),
});

export class InterruptDto extends createZodDto(interruptSchema) {}

const interruptedSchema = z.object({
  id: z.string(),
  interrupted: z.enum(['success', 'failed']),
});

export class InterruptedDto extends createZodDto(interruptedSchema) {}

export class PromptAcceptedDto extends createZodDto(promptAcceptedSchema) {}
