import type { JsonValue } from '@gateway/comfy-protocol';
import type { JobFailure, JobSummary } from '@gateway/jobs';
import type { PromptFailureCode } from '@gateway/prompt';

import type { JobErrorBody } from './job.dto';

/** Why a job failed, in the contract's words and in some beside those. A new code needs a row. */
const CODES = {
  'prompt.execution_failed': 'node_execution_error',
  'prompt.malformed': 'invalid_workflow',
  'prompt.ui_format': 'workflow_format_ui',
  'prompt.unsafe_path': 'invalid_workflow',
  'prompt.refused': 'invalid_workflow',
  'prompt.too_large': 'invalid_workflow',
  'input.unreadable': 'invalid_input',
  'input.wrong_type': 'invalid_input',
  'input.unreachable': 'invalid_input',
  'input.forbidden': 'invalid_input',
  'input.too_large': 'invalid_input',
  'input.too_many': 'invalid_input',
  'input.missing_asset': 'missing_asset',
  'input.not_stored': 'service_unavailable',
  'webhook.forbidden': 'invalid_request',
  'prompt.canceled': 'canceled',
  'prompt.credentials_lost': 'credentials_lost',
  'prompt.timed_out': 'timed_out',
  'prompt.engine_lost': 'engine_lost',
  'prompt.engine_unavailable': 'engine_unavailable',
  'prompt.engine_not_ready': 'engine_unavailable',
  'prompt.shutting_down': 'shutting_down',
  'output.missing': 'output_missing',
  'output.conversion_failed': 'output_conversion_failed',
  'state.unavailable': 'service_unavailable',
  'prompt.preprocessing_failed': 'preprocessing_failed',
  'prompt.internal': 'upstream_error',
} as const satisfies Record<PromptFailureCode, string>;

/** `null` for a job that has not failed. */
export function jobErrorBody(job: JobSummary): JobErrorBody | null {
  return 'failure' in job ? failureBody(job.failure) : null;
}

function failureBody({ code, message, details = {} }: JobFailure): JobErrorBody {
  const location = textOf(details['location']);
  return {
    code: code in CODES ? CODES[code as PromptFailureCode] : 'upstream_error',
    message,
    node_id: textOf(details['node_id']) ?? nodeAt(location),
    class_type: textOf(details['class_type']),
    traceback: textOf(details['traceback']),
  };
}

function nodeAt(location: string | null): string | null {
  return /^prompt\.([^.]+)/.exec(location ?? '')?.[1] ?? null;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
