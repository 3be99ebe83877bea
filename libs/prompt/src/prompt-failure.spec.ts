import {
  ComfyClientStoppedError,
  ComfyHttpError,
  ComfyUnreachableError,
  OutputMissingError,
  PathOutsideFolderError,
  PromptTooLargeError,
} from '@gateway/comfy-client';
import { ConversionFailedError } from '@gateway/media';

import { engineLostFailure, executionFailure, failureFrom } from './prompt-failure';
import {
  EngineNotReadyError,
  EngineUnavailableError,
  PromptCanceledError,
  PromptRejectedError,
  PromptTimedOutError,
  ShuttingDownError,
} from './prompt.errors';
import { aFile } from './testing/fake-engine';

describe('executionFailure', () => {
  it('names the node, its class, the exception and its message, without the line break', () => {
    const failure = executionFailure({
      prompt_id: 'p',
      node_id: '3',
      node_type: 'KSampler',
      executed: [],
      exception_message: 'CUDA out of memory\n',
      exception_type: 'torch.OutOfMemoryError',
      traceback: ['secret path'],
    });
    expect(failure).toEqual({
      code: 'prompt.execution_failed',
      message: 'Node 3 (KSampler) failed: torch.OutOfMemoryError: CUDA out of memory',
      details: {
        node_id: '3',
        class_type: 'KSampler',
        exception_type: 'torch.OutOfMemoryError',
        exception_message: 'CUDA out of memory',
      },
    });
  });
});

describe('engineLostFailure', () => {
  it('tells the cause by its code, and not what else the engine said', () => {
    const cause = Object.assign(new ShuttingDownError(), {
      stderrTail: ["another caller's prompt"],
    });
    expect(engineLostFailure(cause)).toEqual({
      code: 'prompt.engine_lost',
      message: 'ComfyUI was lost while it had the prompt: The gateway is shutting down',
      details: { cause: 'prompt.shutting_down' },
    });
  });

  it('tells what it can of a cause without a code', () => {
    expect(engineLostFailure(new TypeError('boom')).details).toEqual({ cause: 'TypeError' });
  });
});

describe('failureFrom', () => {
  const http = new ComfyHttpError('POST /prompt', 413, '');

  it.each([
    [new EngineUnavailableError(), 'prompt.engine_unavailable'],
    [new EngineNotReadyError(), 'prompt.engine_not_ready'],
    [new ShuttingDownError(), 'prompt.shutting_down'],
    [new PromptCanceledError(), 'prompt.canceled'],
    [new PromptTimedOutError(1_000), 'prompt.timed_out'],
    [new ComfyUnreachableError('GET /queue', { cause: new Error('x') }), 'prompt.engine_lost'],
    [http, 'prompt.engine_lost'],
    [new ComfyClientStoppedError(), 'prompt.shutting_down'],
    [new PromptTooLargeError({ cause: http }), 'prompt.too_large'],
    [new OutputMissingError(aFile('a.png')), 'output.missing'],
    [new PathOutsideFolderError('../a'), 'output.missing'],
    [new ConversionFailedError('a.png', 'webp', new Error('x')), 'output.conversion_failed'],
  ])('means by %s: %s', (error, code) => {
    expect(failureFrom(error)).toEqual({ code, message: error.message });
  });

  it('keeps the place and the node errors of a rejection', () => {
    const nodeErrors = { '1': { errors: [], dependent_outputs: ['2'], class_type: 'EmptyImage' } };
    const error = new PromptRejectedError('prompt.refused', 'Too small', 'prompt.1', nodeErrors);
    expect(failureFrom(error)).toEqual({
      code: 'prompt.refused',
      message: 'Too small',
      details: { location: 'prompt.1', node_errors: nodeErrors },
    });
    expect(failureFrom(new PromptRejectedError('prompt.malformed', 'No', 'prompt'))).toEqual({
      code: 'prompt.malformed',
      message: 'No',
      details: { location: 'prompt' },
    });
  });

  it.each([new Error('password=hunter2'), new TypeError('x is not a function'), 'text', undefined])(
    'tells a caller nothing of what nobody foresaw: %p',
    (error) => {
      expect(failureFrom(error)).toEqual({
        code: 'prompt.internal',
        message: 'The gateway failed to run this prompt',
      });
    },
  );
});
