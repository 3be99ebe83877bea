import type { JsonObject } from '@gateway/comfy-protocol';

import { NodeError } from '../nodes/node-class';
import { describeForPython } from './python.repr';

const OUT_OF_MEMORY_TYPES = new Set(['torch.OutOfMemoryError', 'torch.cuda.OutOfMemoryError']);
const OUT_OF_MEMORY_TIPS =
  'This error means you ran out of memory on your GPU.\n\n' +
  'TIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.';

/** The part of an `execution_error` that the failing node decides. */
export interface FailureDetails {
  readonly exception_message: string;
  readonly exception_type: string;
  readonly traceback: readonly string[];
  readonly current_inputs: JsonObject;
}

/** Describes what a node threw as ComfyUI describes a Python exception. */
export function describeFailure(
  error: unknown,
  inputs: Readonly<Record<string, readonly unknown[]>>,
): FailureDetails {
  const exceptionType = error instanceof NodeError ? error.exceptionType : 'RuntimeError';
  const message = error instanceof Error ? error.message : String(error);
  const tips = OUT_OF_MEMORY_TYPES.has(exceptionType) ? OUT_OF_MEMORY_TIPS : '';
  return {
    exception_message: `${message.replace(/\n$/, '')}\n${tips}`,
    exception_type: exceptionType,
    traceback: TRACEBACK,
    current_inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, values]) => [name, values.map(describeForPython)]),
    ),
  };
}

const TRACEBACK = [
  '  File "/opt/comfyui/execution.py", line 496, in execute\n    output_data, output_ui, has_subgraph, has_pending_tasks = await get_output_data(prompt_id, unique_id, obj, input_data_all)\n',
  '  File "/opt/comfyui/execution.py", line 277, in process_inputs\n    result = f(**inputs)\n',
] as const;
