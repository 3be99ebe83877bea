import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { configurationDocument } from './configuration-document';

const DOCUMENT = join(__dirname, '../../../docs/configuration.md');

describe('docs/configuration.md', () => {
  it('says what the schemas say (else: npm run docs)', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(configurationDocument());
  });

  it('describes every variable', () => {
    const rows = configurationDocument()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(40);
    for (const row of rows) expect(row).toMatch(/^\| `[A-Z0-9_]+` +\|.*\| \S.*\.\s*\|$/);
  });
});
