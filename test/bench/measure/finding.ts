import { spreadOf, type Spread } from './spread';

export type Unit = 'ms' | 's' | '/s' | 'MB' | 'KB' | '%' | '×' | '';

/** What a figure should be. */
export interface Target {
  readonly at: 'most' | 'least';
  readonly value: number;
}

/** How the gateway's figure stands to another one. */
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
  /** Of the bare wrapper, where it took part. */
  readonly bare?: Spread;
  readonly gateway: Spread;
  /** With the direct client. */
  readonly compared?: Comparison;
  /** The gateway's figure as a multiple of the bare wrapper's; with `added`, what each of them adds. */
  readonly toBare?: Comparison;
  /** Concerns the comparison where there is one, the gateway's figure otherwise. */
  readonly target?: Target;
}

export const atMost = (value: number): Target => ({ at: 'most', value });
export const atLeast = (value: number): Target => ({ at: 'least', value });

/** What the sides were measured at, a value for each repeat; those of a repeat belong together. */
export interface Pairs {
  readonly direct: readonly number[];
  readonly bare?: readonly number[];
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

/** Figures that need no comparison, of all who have them; the target is the gateway's. */
export function beside(
  heading: Heading,
  { direct, bare, gateway }: Partial<Pairs> & Pick<Pairs, 'gateway'>,
  target?: Target,
): Finding {
  return {
    ...alone(heading, gateway, target),
    ...(direct && { direct: spreadOf(direct) }),
    ...(bare && { bare: spreadOf(bare) }),
  };
}

/** What a server between client and engine has, and a direct client has not. */
export function ofServers(
  heading: Heading,
  { bare, gateway }: Required<Omit<Pairs, 'direct'>>,
): Finding {
  const multiples = gateway.map((value, repeat) => value / at(bare, repeat));
  return {
    ...beside(heading, { bare, gateway }),
    toBare: { how: 'ratio', spread: spreadOf(multiples) },
  };
}

/** What only the gateway has. */
export function alone(heading: Heading, values: readonly number[], target?: Target): Finding {
  return { ...heading, gateway: spreadOf(values), ...(target && { target }) };
}

function compare(
  heading: Heading,
  { direct, bare, gateway }: Pairs,
  how: Comparison['how'],
  by: (direct: number, gateway: number) => number,
  target: Target | undefined,
): Finding {
  const compared = gateway.map((value, repeat) => by(at(direct, repeat), value));
  return {
    ...heading,
    direct: spreadOf(direct),
    gateway: spreadOf(gateway),
    compared: { how, spread: spreadOf(compared) },
    ...(bare && { bare: spreadOf(bare), ...toBare({ direct, bare, gateway }, how) }),
    ...(target && { target }),
  };
}

/** Nothing, where the wrapper was as quick as the direct client: there is no multiple of that. */
function toBare(
  { direct, bare, gateway }: Required<Pairs>,
  how: Comparison['how'],
): Pick<Finding, 'toBare'> {
  const baseOf = (repeat: number): number => (how === 'added' ? at(direct, repeat) : 0);
  const wrappers = bare.map((value, repeat) => value - baseOf(repeat));
  if (!wrappers.every((value) => value > 0)) return {};
  const multiples = gateway.map((value, repeat) => (value - baseOf(repeat)) / at(wrappers, repeat));
  return { toBare: { how, spread: spreadOf(multiples) } };
}

function at(values: readonly number[], repeat: number): number {
  return values[repeat] ?? Number.NaN;
}

/** Whether the median is where it should be; `undefined` without a target. */
export function isMet({ target, compared, gateway }: Finding): boolean | undefined {
  if (!target) return undefined;
  const { median } = compared?.spread ?? gateway;
  if (Number.isNaN(median)) return undefined;
  return target.at === 'most' ? median <= target.value : median >= target.value;
}
