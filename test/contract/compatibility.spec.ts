import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

interface Row {
  readonly feature: string;
  readonly file: string;
  readonly title: string;
}

/** Rows of `docs/compatibility.md`: feature | `file`: beginning or part of a title | difference. */
function rows(): readonly Row[] {
  return readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (?:feature|-+) /.test(line))
    .map((line) => {
      const [feature = '', shownBy = ''] = line
        .split(/(?<!\\)\|/)
        .slice(1)
        .map((cell) => cell.trim());
      const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(shownBy) ?? [];
      return { feature, file, title };
    });
}

describe('docs/compatibility.md', () => {
  it('has rows', () => {
    expect(rows().length).toBeGreaterThan(30);
  });

  it.each(rows())('names a test that exists: $feature', ({ file, title }) => {
    const titles = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\\'/g, "'");
    expect(title).not.toBe('');
    expect(titles).toContain(title);
  });
});
