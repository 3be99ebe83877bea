import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { productionPackages } from '../lockfile';
import { noticesDocument } from './notices-document';

const ROOT = join(__dirname, '../..');

describe('THIRD-PARTY-NOTICES', () => {
  const notices = readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES'), 'utf8');
  const chapters = notices.split(/\n={80}\n\n/);
  const packages = productionPackages(ROOT);

  it('fits the dependencies (else: npm run notices)', () => {
    expect(notices).toBe(noticesDocument(ROOT));
  });

  it('names each package of the lockfile once, with its version and its licence', () => {
    const named = [...notices.matchAll(/^(\S+ \d\S*) \(.+\)$/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(packages.map(({ name, version }) => `${name} ${version}`).sort());
    expect(packages.length).toBeGreaterThan(100);
  });

  it('has a text below every name', () => {
    for (const chapter of chapters.slice(1)) {
      const [names, ...text] = chapter.split('\n\n');
      expect([names, text.join('\n\n').length > 400]).toEqual([names, true]);
    }
  });

  it('says that libvips is LGPL, where it lies, and that it may be replaced', () => {
    expect(chapters[0]).toContain('LGPL-3.0-or-later');
    expect(chapters[0]).toContain('you may replace it');
    const folder = /node_modules\/@img\/sharp-libvips-<platform>\/lib\/(libvips-cpp)\./.exec(
      notices,
    )!;
    const installed = packages.filter(({ name }) => name.startsWith('@img/sharp-libvips-'));
    const files = installed.flatMap(({ path }) => filesIn(join(ROOT, path, 'lib')));
    expect(files.filter((name) => name.startsWith(folder[1]!))).toHaveLength(1);
  });

  it('has both texts that the LGPL consists of', () => {
    const ofLibvips = chapters.find((chapter) => chapter.includes('@img/sharp-libvips-linux-x64 '));
    expect(ofLibvips).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
    expect(ofLibvips).toContain('TERMS AND CONDITIONS');
  });
});

/** Packages for other platforms are not installed. */
function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
