import type { ScenarioArgument } from './scenario';

/** Reads `name[:value][,once@path][,if@text][,times@N]`. */
export function parseScenario(spec: string): { name: string; argument: ScenarioArgument } {
  const colon = spec.indexOf(':');
  if (colon < 0) return { name: spec, argument: readArgument([]) };
  return { name: spec.slice(0, colon), argument: readArgument(spec.slice(colon + 1).split(',')) };
}

function readArgument(parts: readonly string[]): ScenarioArgument {
  const option = (name: string): string | undefined =>
    parts.find((part) => part.startsWith(`${name}@`))?.slice(name.length + 1);
  const times = option('times');
  return {
    value: parts.find((part) => part !== '' && !/^(?:once|if|times)@/.test(part)),
    once: option('once'),
    onlyIf: option('if'),
    times: times === undefined ? undefined : Number(times),
  };
}

/** A number given as the value, or `fallback`. */
export function numberOf(argument: ScenarioArgument, fallback: number): number {
  const value = argument.value === undefined ? Number.NaN : Number(argument.value);
  return Number.isFinite(value) ? value : fallback;
}
