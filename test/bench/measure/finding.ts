import { spreadOf, type Spread } from './spread';

export type Unit = 'ms' | 's' | '/s' | 'MB' | 'KB' | '%' | '×' | '';

/** What a figure should be. */
export interface Target {
  readonly at: 'most' | 'least';
  readonly value: number;
}

/** How the gateway's figure stands to the direct client's. */
export interface Comparison {
  readonly how: 'ratio' | 'added';
  readonly spread: Spread;
}

/** One line of the report. */
export interface Finding {
  /** What was run: `64 clients, engine 0 ms`. */
  readonly what: string;
  /** What was measured: `prompts/s`. */
  readonly figure: string;
  readonly unit: Unit;
  readonly direct?: Spread;
  readonly gateway: Spread;
  readonly compared?: Comparison;
  /** Concerns the comparison where there is one, the gateway's figure otherwise. */
  readonly target?: Target;
}

export const atMost = (value: number): Target => ({ at: 'most', value });
export const atLeast = (value: number): Target => ({ at: 'least', value });

/** What both sides were measured at, a value for each repeat; the two of a repeat belong together. */
export interface Pairs {
  readonly direct: readonly number[];
  readonly gateway: readonly number[];
}

type Heading = Pick<Finding, 'what' | 'figure' | 'unit'>;

/** The gateway's share of, or multiple of, what the direct client has. */
export function ratio(heading: Heading, pairs: Pairs, target?: Target): Finding {
  return compare(heading, pairs, 'ratio', (direct, gateway) => gateway / direct, target);
}

/** What the gateway has on top of the direct client. */
export function added(heading: Heading, pairs: Pairs, target?: Target): Finding {
  return compare(heading, pairs, 'added', (direct, gateway) => gateway - direct, target);
}

/** Two figures that need no comparison; the target is the gateway's. */
export function beside(heading: Heading, pairs: Pairs, target?: Target): Finding {
  return { ...alone(heading, pairs.gateway, target), direct: spreadOf(pairs.direct) };
}

/** What only the gateway has. */
export function alone(heading: Heading, values: readonly number[], target?: Target): Finding {
  return { ...heading, gateway: spreadOf(values), ...(target && { target }) };
}

function compare(
  heading: Heading,
  { direct, gateway }: Pairs,
  how: Comparison['how'],
  by: (direct: number, gateway: number) => number,
  target: Target | undefined,
): Finding {
  const compared = gateway.map((value, repeat) => by(direct[repeat] ?? Number.NaN, value));
  return {
    ...heading,
    direct: spreadOf(direct),
    gateway: spreadOf(gateway),
    compared: { how, spread: spreadOf(compared) },
    ...(target && { target }),
  };
}

/** Whether the median is where it should be; `undefined` without a target. */
export function isMet({ target, compared, gateway }: Finding): boolean | undefined {
  if (!target) return undefined;
  const { median } = compared?.spread ?? gateway;
  if (Number.isNaN(median)) return undefined;
  return target.at === 'most' ? median <= target.value : median >= target.value;
}
