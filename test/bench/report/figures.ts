import { isMet, type Comparison, type Finding, type Unit } from '../measure/finding';
import type { Spread } from '../measure/spread';

/** Rows of cells under headings; the first cell says what was run, and is the same in several rows. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All findings against the direct client and their targets: medians, with least and most where they differ. */
export function tableOfTargets(findings: readonly Finding[]): Table {
  const rows = findings.map((finding) => {
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
  });
  const headings = ['scenario', 'figure', 'direct', 'gateway', 'compared', 'target', 'met'];
  return { headings, rows };
}

/** Those that the bare wrapper was measured at, too; no rows where it took no part. */
export function tableOfBare(findings: readonly Finding[]): Table {
  const rows = findings.flatMap(({ what, figure, unit, direct, bare, gateway, toBare }) => {
    if (!bare) return [];
    const sides = [direct, bare, gateway].map((side) => (side ? words(side, unit) : ''));
    return [[what, figure, ...sides, toBare ? multiple(toBare) : '']];
  });
  const headings = ['scenario', 'figure', 'direct', 'bare', 'gateway', 'gateway to bare'];
  return { headings, rows };
}

function multiple({ how, spread }: Comparison): string {
  return how === 'added' ? `adds ${words(spread, '×')}` : words(spread, '×');
}

function comparisonWords({ how, spread }: Comparison, unit: Unit): string {
  if (how === 'ratio') return words(spread, '×');
  return spread.median < 0 ? words(spread, unit) : `+ ${words(spread, unit)}`;
}

/** A process that used so much of a core had no more to give: the rest waited for it. */
const FULL_PERCENT = 95;

function words({ median, min, max }: Spread, unit: Unit): string {
  if (Number.isNaN(median)) return '–';
  const middle = `${number(median)}${unit === '' ? '' : ` ${unit}`}`;
  const around = number(min) === number(max) ? '' : ` (${number(min)}–${number(max)})`;
  return `${middle}${around}${unit === '%' && median > FULL_PERCENT ? ' full' : ''}`;
}

function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 10 ? 1 : 2);
}
