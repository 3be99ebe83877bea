import { cpus, loadavg } from 'node:os';

import { isMet, type Finding } from '../measure/finding';
import { cellsOf, HEADINGS } from './figures';

/** Load average of the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? Number.NaN;
}

/** All that a run found, and what it ran on. */
export interface Report {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly platform: string;
  /** Average of the minute before the run: what else the machine did. */
  readonly loadBefore: number;
  readonly repeats: number;
  readonly quick: boolean;
  readonly target: string;
  readonly findings: readonly Finding[];
}

export function reportOf(
  findings: readonly Finding[],
  how: Pick<Report, 'loadBefore' | 'repeats' | 'quick' | 'target'>,
): Report {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    ...how,
    findings,
  };
}

/** What is to be said of a run beside its table. */
export function circumstances(report: Report): string {
  const { date, cores, node, platform, loadBefore, repeats, quick, findings } = report;
  const judged = findings.map(isMet).filter((met) => met !== undefined);
  const met = judged.filter(Boolean).length;
  return (
    `${date}, ${cores} cores, Node ${node}, ${platform}, ${repeats} repeats` +
    `${quick ? ', small sizes' : ''}, load before the run ${loadBefore.toFixed(1)}. ${met} of ${judged.length} targets met.`
  );
}

/** The findings for a terminal. */
export function textTable(findings: readonly Finding[]): string {
  const rows = [HEADINGS, ...findings.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The findings as a table of Markdown. */
export function markdownTable(findings: readonly Finding[]): string {
  const rows = [HEADINGS, HEADINGS.map(() => '---'), ...findings.map(cellsOf)];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
