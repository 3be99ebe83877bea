import { isMet, type Comparison, type Finding, type Unit } from '../measure/finding';
import type { Spread } from '../measure/spread';

export const HEADINGS = [
  'scenario',
  'figure',
  'direct',
  'gateway',
  'compared',
  'target',
  'met',
] as const;

/** The cells of a finding, in the order of {@link HEADINGS}: medians, with least and most where they differ. */
export function cellsOf(finding: Finding): readonly string[] {
  const { what, figure, unit, direct, gateway, compared, target } = finding;
  const met = isMet(finding);
  return [
    what,
    figure,
    direct ? words(direct, unit) : '',
    words(gateway, unit),
    compared ? comparisonWords(compared, unit) : '',
    target ? `${target.at === 'most' ? '≤' : '≥'} ${number(target.value)}` : '',
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

function comparisonWords({ how, spread }: Comparison, unit: Unit): string {
  if (how === 'ratio') return words(spread, '×');
  return spread.median < 0 ? words(spread, unit) : `+ ${words(spread, unit)}`;
}

function words({ median, min, max }: Spread, unit: Unit): string {
  if (Number.isNaN(median)) return '–';
  const middle = `${number(median)}${unit === '' ? '' : ` ${unit}`}`;
  if (number(min) === number(max)) return middle;
  return `${middle} (${number(min)}–${number(max)})`;
}

function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 10 ? 1 : 2);
}
