import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseJson, type JsonObject } from './json';
import type { NodeClassInfo, ObjectInfo } from './object-info';
import type { PromptAccepted, PromptRefused, PromptRequest } from './prompt.request';
import { validatePrompt } from './prompt.validator';
import { pythonStr } from './python-text';
import type { ValidationRules } from './validation-rules';

interface Recording {
  readonly name: string;
  readonly request?: PromptRequest;
  readonly status: number;
  readonly response: PromptAccepted | PromptRefused;
}

const FIXTURE = join(__dirname, '../../../test/contract/fixtures/comfyui-golden-traces.json');
const { traces } = parseJson(readFileSync(FIXTURE, 'utf8')) as unknown as {
  readonly traces: readonly Recording[];
};
const recordings = traces.filter(
  ({ name, request }) => request !== undefined && /^(validation_|partially_valid)/.test(name),
);

describe('validatePrompt against answers recorded from ComfyUI 0.3.64', () => {
  it('has recordings to compare with', () => {
    expect(recordings.length).toBeGreaterThanOrEqual(13);
  });

  it.each(recordings.map((recording) => [recording.name, recording] as const))(
    'answers %s as recorded',
    (_name, { request, status, response }) => {
      const result = validatePrompt(request!.prompt as unknown as JsonObject, OBJECT_INFO, RULES);
      expect(result.outcome).toBe(status === 200 ? 'valid' : 'invalid');
      expect(comparable(result.nodeErrors)).toEqual(comparable(response.node_errors));
      expect(result.outcome === 'invalid' && result.error).toEqual(
        'error' in response && response.error,
      );
    },
  );
});

/** Errors within a node come in the order of a Python set, and tracebacks are the server's own. */
function comparable(nodeErrors: PromptRefused['node_errors']): unknown {
  return Object.fromEntries(
    Object.entries(nodeErrors).map(([id, { errors, ...node }]) => [
      id,
      {
        ...node,
        errors: errors
          .map(({ extra_info: { traceback: _traceback, ...info }, ...error }) =>
            JSON.stringify({ ...error, extra_info: Object.entries(info).sort() }),
          )
          .sort(),
      },
    ]),
  );
}

const RULES: ValidationRules = {
  customCheck: ({ classType, input, value }) =>
    classType === 'LoadImage' && input === 'image'
      ? `Invalid image file: ${pythonStr(value)}`
      : undefined,
};

const int = (fallback: number, min: number, max: number): [string, JsonObject] => [
  'INT',
  { default: fallback, min, max, step: 1 },
];
const pixels = int(512, 1, 16384);
const scaleMethods = ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'];

/** The classes of the recordings, as `/object_info` lists them. */
const OBJECT_INFO: ObjectInfo = {
  EmptyImage: aClass(['IMAGE'], {
    width: pixels,
    height: pixels,
    batch_size: int(1, 1, 4096),
    color: int(0, 0, 0xffffff),
  }),
  ImageScale: aClass(['IMAGE'], {
    image: ['IMAGE'],
    upscale_method: [scaleMethods],
    width: int(512, 0, 16384),
    height: int(512, 0, 16384),
    crop: [['disabled', 'center']],
  }),
  LoadImage: aClass(['IMAGE', 'MASK'], { image: [['example.png'], { image_upload: true }] }),
  PreviewImage: anOutput({ images: ['IMAGE'] }),
  PrimitiveInt: aClass(['INT'], { value: ['INT', {}] }),
  SaveImage: anOutput({ images: ['IMAGE'], filename_prefix: ['STRING', { default: 'ComfyUI' }] }),
};

function aClass(
  output: readonly string[],
  required: NodeClassInfo['input']['required'] & object,
): NodeClassInfo {
  return { name: '', input: { required }, output, output_node: false };
}

function anOutput(required: NodeClassInfo['input']['required'] & object): NodeClassInfo {
  return { ...aClass([], required), output_node: true };
}
