import { readFile, writeFile } from 'node:fs/promises';

import { format, resolveConfig } from 'prettier';

import type { Scenario } from '../scenario';
import { circumstances, markdownTables, type Report } from './report';

/** Writes the scenarios and the last run's figures between the marks of a Markdown file. */
export async function writePerformancePage(
  path: string,
  scenarios: readonly Scenario[],
  report: Report,
): Promise<void> {
  const page = await readFile(path, 'utf8');
  const described = scenarios.map(({ name, about }) => `### \`${name}\`\n\n${about}`).join('\n\n');
  const figures = `${circumstances(report)}\n\n${markdownTables(report.findings)}`;
  const written = fill(fill(page, 'scenarios', described), 'figures', figures);
  const options = await resolveConfig(path);
  await writeFile(path, await format(written, { ...options, parser: 'markdown' }));
}

function fill(page: string, mark: string, text: string): string {
  const between = new RegExp(`(<!-- ${mark}[^>]*-->)[^]*?(<!-- end of ${mark} -->)`);
  if (!between.test(page)) throw new Error(`The page has no place for ${mark}`);
  return page.replace(
    between,
    (_all, begin: string, end: string) => `${begin}\n\n${text}\n\n${end}`,
  );
}
