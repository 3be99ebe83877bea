import { cpus, loadavg } from 'node:os';

import { isMet, type Finding } from '../measure/finding';
import { tableOfBare, tableOfTargets, type Table } from './figures';

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

/** The findings for a terminal, each scenario under a line that says what was run. */
export function textTables(findings: readonly Finding[]): string {
  return tablesOf(findings)
    .map(({ title, table }) => `${title}\n\n${asText(table)}`)
    .join('\n\n');
}

/** The findings as tables of Markdown. */
export function markdownTables(findings: readonly Finding[]): string {
  return tablesOf(findings)
    .map(({ title, table: { headings, rows } }) => {
      const lines = [headings, headings.map(() => '---'), ...rows];
      return `### ${title}\n\n${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}`;
    })
    .join('\n\n');
}

function tablesOf(findings: readonly Finding[]) {
  const bare = { title: 'Beside the bare wrapper', table: tableOfBare(findings) };
  const targets = { title: 'Against the direct client', table: tableOfTargets(findings) };
  return bare.table.rows.length > 0 ? [targets, bare] : [targets];
}

function asText({ headings, rows }: Table): string {
  const [, ...columns] = headings;
  const cells = [columns, ...rows.map(([, ...rest]) => rest)];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd();
  const lines = rows.flatMap(([what = '', ...rest], index) =>
    what === rows[index - 1]?.[0] ? [line(rest)] : [what, line(rest)],
  );
  return [line(columns), ...lines].join('\n');
}
