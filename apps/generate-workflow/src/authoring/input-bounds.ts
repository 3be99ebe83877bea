import type { InputConfig, JsonValue } from '@gateway/comfy-protocol';

import type { Bounds } from './request-input';

/** What several nodes allow together, and what must be told because no schema says it. */
export interface SharedBounds {
  readonly bounds: Bounds;
  /** Such as `1 more than a multiple of 8`. */
  readonly words?: string;
}

/**
 * The bounds that all of these inputs keep, and that `value` keeps. A step is a bound only for whole
 * numbers, and only where the smallest value and the graph's own lie on it: ComfyUI's server takes
 * values between the steps of its page, and rounds or refuses them later.
 */
export function sharedBounds(
  configs: readonly InputConfig[],
  value: number | bigint,
): SharedBounds {
  const min = largest(configs.map(([, options]) => bound(options?.['min'])));
  const max = smallest(configs.map(([, options]) => bound(options?.['max'])));
  const bounds = {
    ...(min !== undefined && min <= value && { min }),
    ...(max !== undefined && max >= value && { max }),
  };
  const grids = configs.flatMap(gridOf);
  if (typeof value === 'bigint' || grids.length === 0) return { bounds };
  const step = grids.map(({ every }) => every).reduce(leastCommonMultiple);
  const first = Math.max(...grids.map(({ from }) => from));
  if (grids.every(({ from, every }) => from % every === 0)) {
    const isOn = value % step === 0 && (bounds.min ?? 0) % step === 0;
    return isOn
      ? { bounds: { ...bounds, multipleOf: step }, words: `a multiple of ${step}` }
      : { bounds };
  }
  const rest = first % step;
  const isOn = grids.every(({ from, every }) => (first - from) % every === 0) && rest > 0;
  return isOn && value % step === rest
    ? { bounds, words: `${rest} more than a multiple of ${step}` }
    : { bounds };
}

/** A bound beyond 2^53 cannot be written exactly, and is the engine's to keep. */
function bound(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER
    ? value
    : undefined;
}

function gridOf([type, options]: InputConfig): { readonly from: number; readonly every: number }[] {
  const every = options?.['step'];
  const from = options?.['min'] ?? 0;
  const isGrid =
    type === 'INT' && typeof every === 'number' && Number.isInteger(every) && every > 1;
  return isGrid && typeof from === 'number' ? [{ from, every }] : [];
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
