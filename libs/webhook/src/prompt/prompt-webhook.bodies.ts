import type { JsonObject } from '@gateway/comfy-protocol';
import {
  describeOutput,
  type JobFailure,
  type JobRequest,
  type JobStats,
  type JobSuccess,
} from '@gateway/jobs';

import { jsonBody, type JsonPart } from '../body/json.body';
import type { WebhookBody } from '../body/webhook.body';

/** A success, with the times that every body and every attempt must agree on. */
export interface DeliveredSuccess {
  readonly result: JobSuccess;
  readonly stats: JobStats;
  readonly endedAt: Date;
}

export interface DeliveredFailure {
  readonly jobId: string;
  readonly failure: JobFailure;
  /** As it was submitted. */
  readonly prompt: JobRequest['prompt'];
  readonly endedAt: Date;
}

/** Version 1: one `output.complete` for each output. */
export function outputCompleteBodies({ result, stats }: DeliveredSuccess): readonly WebhookBody[] {
  const { jobId: id, prompt } = result;
  return result.outputs.map((output) => {
    if (output.kind === 'text') {
      const { text, nodeId: node_id } = output;
      return jsonBody([{ json: { event: 'output.complete', text, id, node_id, prompt, stats } }]);
    }
    return jsonBody([
      '{"event":"output.complete","image":"',
      { base64: output },
      `",${fields({ id, filename: output.filename })},"prompt":`,
      { json: prompt },
      `,${fields({ stats })}}`,
    ]);
  });
}

/** Version 2: one `prompt.complete` with the fields of the synchronous answer. */
export function promptCompleteBody({ result, stats, endedAt }: DeliveredSuccess): WebhookBody {
  const { jobId: id, outputs, prompt } = result;
  const files = outputs.filter((output) => output.kind === 'file');
  return jsonBody([
    `{${fields({ type: 'prompt.complete', timestamp: endedAt.toISOString(), id })},"images":[`,
    ...files.flatMap((file, index): JsonPart[] => [
      index === 0 ? '"' : ',"',
      { base64: file },
      '"',
    ]),
    `],${fields({ filenames: files.map(({ filename }) => filename) })},"outputs":`,
    { json: outputs.map(describeOutput) },
    ',"prompt":',
    { json: prompt },
    `,${fields({ stats })}}`,
  ]);
}

/** `prompt.failed` of version 1. */
export function promptFailedBodyV1(failed: DeliveredFailure): WebhookBody {
  return jsonBody([{ json: { event: 'prompt.failed', ...failureFields(failed) } }]);
}

/** `prompt.failed` of version 2. */
export function promptFailedBodyV2(failed: DeliveredFailure): WebhookBody {
  const timestamp = failed.endedAt.toISOString();
  return jsonBody([{ json: { type: 'prompt.failed', timestamp, ...failureFields(failed) } }]);
}

function failureFields({ jobId: id, failure, prompt }: DeliveredFailure): object {
  return { error: failure.message, id, prompt, code: failure.code, ...detailFields(failure) };
}

/** What the problem body of the synchronous answer says beside the message and the code. */
function detailFields({ code, details }: JobFailure): JsonObject {
  if (!details) return {};
  if (code === 'prompt.execution_failed') return { execution: details };
  return Object.fromEntries(Object.entries(details).filter(([key]) => DETAILS.has(key)));
}

const DETAILS: ReadonlySet<string> = new Set(['location', 'node_errors', 'execution']);

/** The members of an object as text, without its braces. */
function fields(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}
