import { QueueFullError } from '@gateway/jobs';
import { PromptRejectedError } from '@gateway/prompt';
import { ZodValidationException } from 'nestjs-zod';

import { errorAnswer } from './error-envelope';
import { SubmitJobDto } from './jobs/job.dto';

function refusedBody(body: unknown) {
  const { error } = SubmitJobDto.schema.safeParse(body);
  return errorAnswer(new ZodValidationException(error));
}

describe('the errors of a submission', () => {
  it('name the nodes that are wrong, and their inputs', () => {
    const nodeErrors = {
      '3': {
        class_type: 'KSampler',
        dependent_outputs: [],
        errors: [
          {
            type: 'required_input_missing',
            message: 'Required input is missing',
            details: 'model',
            extra_info: { input_name: 'model' },
          },
          { type: 'exception_during_validation', message: '', details: '', extra_info: {} },
        ],
      },
    };
    const error = new PromptRejectedError('prompt.refused', 'wrong', 'prompt.3', nodeErrors);
    expect(errorAnswer(error)).toEqual({
      status: 422,
      envelope: {
        error: {
          code: 'invalid_workflow',
          message: 'wrong',
          details: {
            node_errors: {
              '3': [
                { field: 'model', reason: 'missing_input' },
                { field: 'class_type', reason: 'exception_during_validation' },
              ],
            },
          },
        },
      },
    });
  });

  it.each([
    ['prompt.refused', 'prompt.7', 'invalid_workflow', '7', 'class_type', 'unknown_class'],
    [
      'prompt.unsafe_path',
      'prompt.7.inputs.image',
      'invalid_workflow',
      '7',
      'image',
      'unsafe_path',
    ],
    [
      'input.missing_asset',
      'prompt.7:1.inputs.image',
      'missing_asset',
      '7:1',
      'image',
      'missing_asset',
    ],
  ] as const)('are read from the place of %s, too', (code, location, told, node, field, reason) => {
    const answer = errorAnswer(new PromptRejectedError(code, 'wrong', location));
    expect(answer?.envelope.error).toEqual({
      code: told,
      message: 'wrong',
      details: { node_errors: { [node]: [{ field, reason }] } },
    });
  });

  it('say when to come again', () => {
    expect(errorAnswer(new QueueFullError('1 job', 7))).toMatchObject({
      status: 429,
      retryAfterS: 7,
      envelope: { error: { code: 'queue_full' } },
    });
  });

  it('name fields that are not known, the reserved ones among them', () => {
    const answer = refusedBody({ workflow: {}, inputs: {}, extra_data: { other: 1 } });
    expect(answer).toMatchObject({ status: 422, envelope: { error: { code: 'invalid_request' } } });
    expect(answer?.envelope.error.details).toEqual({
      fields: [
        { field: 'extra_data.other', reason: 'is not known here' },
        { field: 'inputs', reason: 'is not known here' },
      ],
    });
  });

  it.each([
    [{ workflow: {}, priority: 101 }, 'priority'],
    [{ workflow: {}, priority: 1.5 }, 'priority'],
    [{ workflow: {}, metadata: { a: 1 } }, 'metadata.a'],
    [{ workflow: {}, webhook_url: 'ftp://example.com' }, 'webhook_url'],
    [{ workflow: [] }, 'workflow'],
    [{}, 'workflow'],
  ])('name the field of %j', (body, field) => {
    expect(refusedBody(body)?.envelope.error.details).toMatchObject({ fields: [{ field }] });
  });
});
