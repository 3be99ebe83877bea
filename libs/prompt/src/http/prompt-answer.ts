import { stringifyJson, type JsonObject } from '@gateway/comfy-protocol';
import { base64Chunks } from '@gateway/media';
import { describeOutput, type JobSuccess } from '@gateway/jobs';

/**
 * The JSON answer, piece by piece: files are read and encoded as the socket takes them, so a large
 * output costs no memory. Small pieces are joined, so a small answer is one write.
 */
export function answerText(result: JobSuccess, echo: JsonObject = {}): AsyncGenerator<string> {
  return joined(pieces(result, echo));
}

async function* pieces(result: JobSuccess, echo: JsonObject): AsyncGenerator<string> {
  const files = result.outputs.filter((output) => output.kind === 'file');
  yield `{"id":${JSON.stringify(result.jobId)},"prompt":${stringifyJson(result.prompt)},"images":[`;
  for (const [index, file] of files.entries()) {
    yield index === 0 ? '"' : '","';
    yield* base64Chunks(file.stream());
  }
  yield files.length > 0 ? '"],' : '],';
  yield `"filenames":${JSON.stringify(files.map(({ filename }) => filename))},`;
  yield `"outputs":${JSON.stringify(result.outputs.map(describeOutput))},`;
  yield `"stats":${JSON.stringify(result.stats())}`;
  for (const [key, value] of Object.entries(echo)) {
    yield `,${JSON.stringify(key)}:${stringifyJson(value)}`;
  }
  yield '}';
}

async function* joined(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = '';
  for await (const part of parts) {
    pending += part;
    if (pending.length >= WRITE_AT_LEAST) {
      yield pending;
      pending = '';
    }
  }
  if (pending !== '') yield pending;
}

const WRITE_AT_LEAST = 64 * 1024;
