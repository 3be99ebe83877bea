import type { JobFailure, PreparedText } from '@gateway/jobs';

import type { WebhookBody } from '../body/webhook.body';
import { aFile, aSuccess, STATS, SUBMITTED } from '../testing/prepared';
import {
  outputCompleteBodies,
  promptCompleteBody,
  promptFailedBodyV1,
  promptFailedBodyV2,
} from './prompt-webhook.bodies';

const endedAt = new Date('2026-03-01T12:00:00.250Z');
const caption: PreparedText = { kind: 'text', nodeId: '5', text: 'a "cat"' };
const picture = aFile(Buffer.from('hello'), { filename: 'sub/ä "1".png' });
const success = (...outputs: Parameters<typeof aSuccess>[0]) => ({
  result: aSuccess(outputs),
  stats: STATS,
  endedAt,
});

const RAN_TEXT =
  '{"3":{"class_type":"KSampler","inputs":{"seed":18446744073709551615}},' +
  '"9":{"class_type":"SaveImage","inputs":{"filename_prefix":"job-1_ComfyUI"}}}';
const SUBMITTED_TEXT = JSON.stringify(SUBMITTED);
const STATS_TEXT = JSON.stringify(STATS);

async function textOf(body: WebhookBody | undefined): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body?.read(new AbortController().signal) ?? []) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  expect(body?.sizeBytes()).toBe(bytes.length);
  return bytes.toString();
}

describe('version 1', () => {
  it('tells each output by itself, in order: a file', async () => {
    const [body] = outputCompleteBodies(success(picture));
    expect(await textOf(body)).toBe(
      '{"event":"output.complete","image":"aGVsbG8=","id":"job-1",' +
        `"filename":"sub/ä \\"1\\".png","prompt":${RAN_TEXT},"stats":${STATS_TEXT}}`,
    );
  });

  it('and a text', async () => {
    const [first, second] = outputCompleteBodies(success(caption, picture));
    expect(await textOf(first)).toBe(
      '{"event":"output.complete","text":"a \\"cat\\"","id":"job-1","node_id":"5",' +
        `"prompt":${RAN_TEXT},"stats":${STATS_TEXT}}`,
    );
    expect(await textOf(second)).toContain('"image":"aGVsbG8="');
  });
});

describe('version 2', () => {
  it('tells all outputs in one body', async () => {
    const latent = {
      ...aFile(Buffer.from('x'), { filename: 'b.latent' }),
      type: 'latent' as const,
    };
    const body = promptCompleteBody(success(picture, caption, latent));
    expect(await textOf(body)).toBe(
      '{"type":"prompt.complete","timestamp":"2026-03-01T12:00:00.250Z","id":"job-1",' +
        '"images":["aGVsbG8=","eA=="],"filenames":["sub/ä \\"1\\".png","b.latent"],"outputs":[' +
        '{"node_id":"9","filename":"sub/ä \\"1\\".png","type":"image","content_type":"image/png"},' +
        '{"node_id":"5","type":"text","content_type":"text/plain","text":"a \\"cat\\""},' +
        '{"node_id":"9","filename":"b.latent","type":"latent","content_type":"image/png"}],' +
        `"prompt":${RAN_TEXT},"stats":${STATS_TEXT}}`,
    );
  });

  it('is valid without any output', async () => {
    const told = JSON.parse(await textOf(promptCompleteBody(success()))) as object;
    expect(told).toMatchObject({ images: [], filenames: [], outputs: [] });
  });
});

describe('a failure', () => {
  const failed = (failure: JobFailure) => ({ jobId: 'job-1', failure, prompt: SUBMITTED, endedAt });
  const plain: JobFailure = { code: 'prompt.canceled', message: 'The prompt was canceled' };

  it('names error, id, the submitted graph and the code in version 1', async () => {
    expect(await textOf(promptFailedBodyV1(failed(plain)))).toBe(
      '{"event":"prompt.failed","error":"The prompt was canceled","id":"job-1",' +
        `"prompt":${SUBMITTED_TEXT},"code":"prompt.canceled"}`,
    );
  });

  it('and type and timestamp in version 2', async () => {
    expect(await textOf(promptFailedBodyV2(failed(plain)))).toBe(
      '{"type":"prompt.failed","timestamp":"2026-03-01T12:00:00.250Z",' +
        '"error":"The prompt was canceled","id":"job-1",' +
        `"prompt":${SUBMITTED_TEXT},"code":"prompt.canceled"}`,
    );
  });

  it('adds where a prompt was refused', async () => {
    const details = { location: 'prompt.3', node_errors: { '3': { errors: [] } }, secret: 'x' };
    const text = await textOf(
      promptFailedBodyV2(failed({ ...plain, code: 'prompt.invalid', details })),
    );
    const told = JSON.parse(text) as object;
    expect(told).toMatchObject({ location: 'prompt.3', node_errors: { '3': { errors: [] } } });
    expect(told).not.toHaveProperty('secret');
  });

  it('adds the node that raised, as the synchronous answer does', async () => {
    const details = { node_id: '3', class_type: 'KSampler', exception_message: 'no' };
    const failure = { code: 'prompt.execution_failed', message: 'Node 3 failed', details };
    const told = JSON.parse(await textOf(promptFailedBodyV1(failed(failure)))) as object;
    expect(told).toMatchObject({ code: 'prompt.execution_failed', execution: details });
  });
});
