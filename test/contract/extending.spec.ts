import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const DOCS = join(ROOT, 'docs');
const EXAMPLES = join(DOCS, 'examples', 'extending');
const text = readFileSync(join(DOCS, 'extending.md'), 'utf8');

describe('docs/extending.md', () => {
  const shown = [...text.matchAll(/\]\((examples\/extending\/[\w.-]+)\)\n\n```ts\n(.*?)```/gs)];

  it('shows every example, and each as it is', () => {
    const names = readdirSync(EXAMPLES);
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
    for (const path of Object.values(entries['./app']!)) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
      expect(files).toContain(`dist/apps/api/**/*${/\.d\.ts$|\.js$/.exec(path)?.[0]}`);
    }
  });

  it('has the types and the code that a project of its own needs', async () => {
    const project = await mkdtemp(join(tmpdir(), 'team-'));
    try {
      await install(project);
      await cp(EXAMPLES, project, { recursive: true });
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      runIn(project, [tsc, '-p', '.']);
      expect(runIn(project, ['-p', "typeof require('./out/tiff.format').TiffModule"])).toBe(
        'function\n',
      );
      await writeFile(join(project, 'wrong.ts'), WRONG);
      const compiled = spawnSync(process.execPath, [tsc, '-p', '.', '--noEmit'], { cwd: project });
      expect(compiled.stdout.toString()).toContain('wrong.ts(3,');
    } finally {
      await rm(project, { recursive: true, force: true });
    }
  }, 180_000);
});

/** The package as npm would unpack it, among the dependencies that npm would put beside it. */
async function install(project: string): Promise<void> {
  const packages = join(project, 'node_modules');
  const own = join(packages, 'comfyui-gateway');
  await mkdir(own, { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    await symlink(join(ROOT, 'node_modules', name), join(packages, name));
  }
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project];
  const packed = execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8' }).trim();
  const archive = join(project, packed);
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', own]);
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
}

const compilerOptions = {
  target: 'ES2023',
  module: 'Node16',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  outDir: 'out',
  types: ['node'],
};

const WRONG = `import { HealthIndicator } from 'comfyui-gateway/app';

@HealthIndicator()
export class NoIndicator {}
`;

function runIn(project: string, args: readonly string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
}
