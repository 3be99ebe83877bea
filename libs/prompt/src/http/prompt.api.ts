import { applyDecorators } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

import { PromptAcceptedDto, PromptAnswerDto } from './prompt.dto';

const problemSchema = z
  .object({
    error: z.string().describe('What is wrong, for people.'),
    code: z.string().describe('What is wrong, for programs; stable.'),
    location: z.string().optional().describe('The offending part: `prompt.<node>.inputs.<input>`.'),
    node_errors: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("ComfyUI's own account: node id → `{ errors, dependent_outputs, class_type }`."),
    execution: z
      .object({
        node_id: z.string(),
        class_type: z.string(),
        exception_type: z.string(),
        exception_message: z.string(),
      })
      .optional()
      .describe('The node that raised.'),
  })
  .describe('Every error answer.');

export class ProblemDto extends createZodDto(problemSchema) {}

interface DocumentedProblem {
  readonly status: number;
  readonly when: string;
  readonly example: z.infer<typeof problemSchema>;
}

const PROMPT_PROBLEMS: readonly DocumentedProblem[] = [
  {
    status: 400,
    when: 'The body or the workflow is wrong.',
    example: {
      error: 'Node 1 (EmptyImage): Value 0 smaller than min of 1 (width)',
      code: 'prompt.refused',
      location: 'prompt.1.inputs.width',
      node_errors: {
        '1': {
          errors: [
            {
              type: 'value_smaller_than_min',
              message: 'Value 0 smaller than min of 1',
              details: 'width',
              extra_info: { input_name: 'width' },
            },
          ],
          dependent_outputs: ['2'],
          class_type: 'EmptyImage',
        },
      },
    },
  },
  {
    status: 409,
    when: 'A job with that id exists, or the prompt was canceled.',
    example: { error: 'A job with the id "order-4711" exists already', code: 'job.exists' },
  },
  {
    status: 413,
    when: 'The body is larger than `MAX_BODY_SIZE_MB`.',
    example: {
      error: 'Request body is too large',
      code: 'request.too_large',
      location: 'body',
    },
  },
  {
    status: 422,
    when: "The workflow is in the editor's format; export it as API format.",
    example: {
      error: 'This is a workflow in UI format; export it with "Export (API)"',
      code: 'prompt.ui_format',
      location: 'prompt',
    },
  },
  {
    status: 429,
    when: 'The queue is full; `Retry-After` says when to come again.',
    example: { error: 'The queue is full (20000 jobs); try again in 2 s', code: 'queue.full' },
  },
  {
    status: 500,
    when: 'A node raised while the prompt ran, or an output could not be converted.',
    example: {
      error: 'Node 3 (ImageBlur) failed: RuntimeError: Padding size should be less than …',
      code: 'prompt.execution_failed',
      execution: {
        node_id: '3',
        class_type: 'ImageBlur',
        exception_type: 'RuntimeError',
        exception_message: 'Padding size should be less than …',
      },
    },
  },
  {
    status: 502,
    when: 'ComfyUI ended, or forgot the prompt, while it had it.',
    example: {
      error: 'ComfyUI was lost while it had the prompt: ComfyUI exited (signal SIGKILL)',
      code: 'prompt.engine_lost',
    },
  },
  {
    status: 503,
    when: 'The gateway is shutting down, or ComfyUI has been away for too long; see `Retry-After`.',
    example: { error: 'The gateway is shutting down', code: 'prompt.shutting_down' },
  },
  {
    status: 504,
    when: 'The prompt took longer than `PROMPT_TIMEOUT_S`.',
    example: { error: 'The prompt did not end within 600 s', code: 'prompt.timed_out' },
  },
];

/** Documents the answers of a route that runs a prompt. */
export function ApiPromptAnswers(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(PromptAnswerDto),
    ApiOkResponse({
      description: 'The prompt ran; its outputs.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(PromptAnswerDto) } },
        'image/*': { schema: { type: 'string', format: 'binary' } },
      },
    }),
    ApiAcceptedResponse({
      description:
        'A webhook was named, the answer was asked for with `Prefer: respond-async`, or `timeout_s` is ' +
        'over: the prompt waits for its turn, or runs. `Location` is its job.',
      type: PromptAcceptedDto,
    }),
    ...PROMPT_PROBLEMS.map(({ status, when, example }) =>
      ApiResponse({ status, description: when, type: ProblemDto, example }),
    ),
  );
}
