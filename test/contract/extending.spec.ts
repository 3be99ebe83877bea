import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const DOCS = join(ROOT, 'docs');
const text = readFileSync(join(DOCS, 'extending.md'), 'utf8');

describe('docs/extending.md', () => {
  const shown = [...text.matchAll(/\]\((examples\/extending\/[\w.-]+)\)\n\n```ts\n(.*?)```/gs)];

  it('shows every example, and each as it is', () => {
    const names = readdirSync(join(DOCS, 'examples', 'extending'));
    expect(shown.map(([, path]) => path).sort()).toEqual(
      names.map((name) => `examples/extending/${name}`).sort(),
    );
    for (const [, path = '', code] of shown) {
      expect(code).toBe(readFileSync(join(DOCS, path), 'utf8'));
    }
  });

  it('has an example of every decorator there is', () => {
    const asked = "Object.keys(require('comfyui-gateway/app')).join()";
    const exported = execFileSync(process.execPath, ['-p', asked], { cwd: ROOT, encoding: 'utf8' });
    const decorators = exported
      .trim()
      .split(',')
      .filter((name) => /^[A-Z]/.test(name) && !CLASSES.has(name));
    expect(decorators.length).toBeGreaterThanOrEqual(7);
    const code = shown.map(([, , block]) => block).join('\n');
    for (const name of decorators) expect(code).toContain(`\n@${name}(`);
  });
});

/** What is exported beside decorators and functions. */
const CLASSES: ReadonlySet<string> = new Set(['PromptDoor', 'PromptRejectedError']);

describe('the package', () => {
  it('has the entry point of extensions where it says', () => {
    const { exports: entries, files } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as { readonly exports: Record<string, Record<string, string>>; readonly files: string[] };
    expect(files).toContain('dist');
    for (const path of Object.values(entries['./app']!)) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
  });
});
