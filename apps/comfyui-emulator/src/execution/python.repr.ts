import type { EmulatedValue } from '../nodes/values';

/** How a value shows in `execution_error.current_inputs`: primitives as they are, objects as `str()`. */
export function describeForPython(value: unknown): string | number | bigint | boolean | null {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      return describeObject(value);
  }
}

function describeObject(value: object): string {
  if (!isEmulated(value)) return '<object>';
  switch (value.kind) {
    case 'image':
    case 'mask':
      return 'tensor([[[[...]]]])';
    case 'latent':
      return "{'samples': tensor([[[[...]]]])}";
    case 'audio':
      return `{'waveform': tensor([[[...]]]), 'sample_rate': ${value.sampleRate}}`;
    case 'video':
      return '<comfy_api.input_impl.video_types.VideoFromComponents object>';
    case 'opaque':
      return `<${value.type} object>`;
  }
}

function isEmulated(value: object): value is EmulatedValue {
  return 'kind' in value;
}
