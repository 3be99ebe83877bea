import { stringifyJson, type JsonObject } from '@gateway/comfy-protocol';
import { joinedPieces } from '@gateway/kernel';
import { base64Chunks } from '@gateway/media';
import { describeOutput, type JobSuccess, type PreparedFile } from '@gateway/jobs';

/**
 * The JSON answer, piece by piece: files are read and encoded as the socket takes them, so a large
 * output costs no memory. Small pieces are joined, so a small answer is one write.
 */
export function answerJson(result: JobSuccess, echo: JsonObject = {}): AsyncGenerator<Buffer> {
  return joinedPieces(pieces(result, echo));
}

async function* pieces(result: JobSuccess, echo: JsonObject): AsyncGenerator<string | Buffer> {
  const files = result.outputs.filter((output) => output.kind === 'file');
  yield `{"id":${JSON.stringify(result.jobId)},"prompt":${stringifyJson(result.prompt)},"images":[`;
  for (const [index, file] of files.entries()) {
    yield index === 0 ? '"' : '","';
    yield* base64Chunks(file.stream());
  }
  yield `${files.length > 0 ? '"' : ''}],${rest(result, files, echo)}}`;
}

/** What is known only when the files were read: how long all of it took. */
function rest(result: JobSuccess, files: readonly PreparedFile[], echo: JsonObject): string {
  return [
    `"filenames":${JSON.stringify(files.map(({ filename }) => filename))}`,
    `"outputs":${JSON.stringify(result.outputs.map(describeOutput))}`,
    `"stats":${JSON.stringify(result.stats())}`,
    ...Object.entries(echo).map(([key, value]) => `${JSON.stringify(key)}:${stringifyJson(value)}`),
  ].join(',');
}
