import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freePort, WebServer } from '@gateway/testing';
import { SYSTEM_EVENTS } from '@gateway/comfy-protocol';

const ROOT = join(__dirname, '../..');
const DOCKERFILES = ['Dockerfile', 'docker/comfyui.dockerfile', 'docker/api.dockerfile'];
const COMPOSE_FILES = ['docker-compose.yml', 'docker/compose.emulator.yml'];
const SCRIPTS = [
  'docker/build-images',
  'docker/push-images',
  'docker/comfyui-gateway',
  'docker/images.bash',
];
const DOCS = [
  'api-v2',
  'quick-start',
  'workflows',
  'deployment',
  'single-executable',
  'webhooks',
  'events',
].map((name) => `docs/${name}.md`);

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the scripts of the images', () => {
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  const listed = (name: string): readonly string[] =>
    new RegExp(`^${name}="(.*)"$`, 'm').exec(read('docker/matrix.env'))?.[1]?.split(' ') ?? [];

  /** The tags that the pattern of comfyui-api's images makes of the matrix. */
  function patternTags(): readonly string[] {
    const rows = listed('comfy_versions').flatMap((comfy) =>
      listed('torch_and_cuda').flatMap((pair) =>
        listed('bases').map((base) => ({ comfy, base, pair: pair.split('-') })),
      ),
    );
    return rows.flatMap(({ comfy, base, pair: [torch, cuda] }) => [
      `comfy${comfy}-torch${torch}-cuda${cuda}-${base}`,
      `comfy${comfy}-api${version}-torch${torch}-cuda${cuda}-${base}`,
    ]);
  }

  function rehearse(script: string): readonly string[] {
    const options = ['--dry-run', '--repository', 'ghcr.io/acme/gateway'];
    const { status, stdout } = spawnSync(join(ROOT, script), options, { encoding: 'utf8' });
    expect(status).toBe(0);
    return stdout.trim().split('\n');
  }

  function tagsIn(lines: readonly string[], command: RegExp): readonly string[] {
    return lines.map((line) => command.exec(line)?.[1] ?? `no tag in: ${line}`);
  }

  it('build what the matrix says under the tags of the pattern, and the gateway alone', () => {
    const tags = tagsIn(
      rehearse('docker/build-images'),
      / --tag ghcr\.io\/acme\/gateway:([^ :]+) /,
    );
    expect(tags).toEqual([`api${version}`, ...patternTags()]);
    expect(tags.length).toBeGreaterThanOrEqual(5);
  });

  it('push exactly what was built', () => {
    const tags = tagsIn(
      rehearse('docker/push-images'),
      /^docker push ghcr\.io\/acme\/gateway:([^ :]+)$/,
    );
    expect(tags).toEqual([`api${version}`, ...patternTags()]);
  });

  it('build no image before those that it is made of', () => {
    const built = new Set<string>();
    for (const line of rehearse('docker/build-images')) {
      for (const [, image] of line.matchAll(/(?:gateway|comfyui)_image=(\S+)/g)) {
        expect(built).toContain(image);
      }
      built.add(/--tag (\S+)/.exec(line)?.[1] ?? '');
    }
  });

  it('give each Dockerfile only arguments that it declares', () => {
    for (const line of rehearse('docker/build-images')) {
      const file = /--file (\S+)/.exec(line)?.[1] ?? 'Dockerfile';
      for (const [, name] of line.matchAll(/--build-arg (\w+)=/g)) {
        const declared = [...read(file).matchAll(/^ARG (\w+)/gm)].map(([, argument]) => argument);
        expect([file, ...declared]).toContain(name);
      }
    }
  });

  it('build by default what a Dockerfile builds by itself', () => {
    const byDefault = (name: string): string =>
      new RegExp(`^ARG ${name}=(.+)$`, 'm').exec(read('docker/comfyui.dockerfile'))?.[1] ?? '';
    expect(listed('comfy_versions')[0]).toBe(byDefault('comfy_version'));
    expect(listed('torch_and_cuda')[0]).toBe(
      `${byDefault('pytorch_version')}-${byDefault('cuda_version')}`,
    );
    expect(listed('bases')[0]).toBe(byDefault('base'));
  });

  it('refuse an option that they do not know', () => {
    const { status } = spawnSync(join(ROOT, 'docker/build-images'), ['--dryrun']);
    expect(status).toBe(2);
  });

  it.each(SCRIPTS)('%s parses', (script) => {
    const shell = read(script).startsWith('#!/bin/sh') ? 'sh' : 'bash';
    const { status, stderr } = spawnSync(shell, ['-n', join(ROOT, script)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  (hasShellcheck ? it : it.skip)('please shellcheck', () => {
    const commands = SCRIPTS.filter((script) => !script.endsWith('.bash'));
    const { status, stdout } = spawnSync('shellcheck', ['-x', ...commands], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, '']);
  });

  it.each(SCRIPTS.filter((script) => !script.endsWith('.bash')))('%s may be run', (script) => {
    expect(statSync(join(ROOT, script)).mode & 0o111).toBe(0o111);
  });
});

describe.each(DOCKERFILES)('%s', (file) => {
  const instructions = instructionsOf(read(file));
  const argumentsOf = (name: string): readonly (readonly string[])[] =>
    instructions.filter(([first]) => first === name).map(([, ...rest]) => rest);

  it('copies only what is there and not ignored', () => {
    const fromContext = argumentsOf('COPY').filter(
      (words) => !words.some((word) => word.startsWith('--from=')),
    );
    for (const words of fromContext) {
      const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
      for (const source of sources) {
        expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
        expect([source, isIgnored(source)]).toEqual([source, false]);
      }
    }
  });

  it('copies only from stages that it has', () => {
    const stages = argumentsOf('FROM').flatMap(([, as, name]) => (as === 'AS' ? [name] : []));
    for (const words of argumentsOf('COPY')) {
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      if (from !== undefined) expect(stages).toContain(from);
    }
  });

  it('starts from an image with a version', () => {
    const stages = argumentsOf('FROM').map(([, , name]) => name);
    for (const [image = ''] of argumentsOf('FROM')) {
      const isTold = /^\$\{\w+_image\}$/.test(image);
      expect([image, isTold || stages.includes(image) || /:[^:]+$/.test(image)]).toEqual([
        image,
        true,
      ]);
      expect(image).not.toMatch(/latest/);
    }
  });

  it('does not end as root', () => {
    const last = instructions.findLastIndex(([name]) => name === 'FROM');
    const users = instructions.slice(last).filter(([name]) => name === 'USER');
    expect(users.at(-1)?.[1]).toMatch(/^(?:node|comfy)$/);
  });

  it('sets variables that the gateway knows', () => {
    const assigned = instructions
      .filter(([name]) => name === 'ENV')
      .flatMap(([, ...rest]) => [...rest.join(' ').matchAll(/(?:^| )([A-Z_]+)=/g)])
      .map(([, name]) => name);
    const ofOthers = ['NODE_ENV', 'HOME', 'PATH', 'VIRTUAL_ENV', 'PIP_NO_CACHE_DIR'];
    expect([...ofOthers, ...knownVariables()]).toEqual(expect.arrayContaining(assigned));
  });
});

describe("the gateway's image", () => {
  it.each(['LICENSE', 'THIRD-PARTY-NOTICES'])('has %s', (file) => {
    const copied = instructionsOf(read('Dockerfile')).filter(([name]) => name === 'COPY');
    expect(copied.filter((words) => words.includes(file))).toHaveLength(1);
  });
});

describe('the single executable', () => {
  const { scripts } = JSON.parse(read('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };

  it('is made by the command that the README names, and in CI', () => {
    expect(scripts['build:binary']).toBeDefined();
    for (const file of ['README.md', 'docs/single-executable.md', '.ci/run']) {
      expect(read(file)).toContain('npm run build:binary');
    }
  });

  it('is called as Dockerfiles for comfyui-api call it, too', () => {
    expect(read('packaging/build-binary.ts')).toContain("'dist/comfyui-api'");
  });

  it('is unpacked where it is built into an image: a container cannot always write', () => {
    const recipes = ['docs/single-executable.md', 'docs/deployment.md']
      .flatMap((file) => [...read(file).matchAll(/^```dockerfile\n(.*?)^```/gms)])
      .map(([, text]) => text ?? '')
      .concat(DOCKERFILES.map(read))
      .filter((text) => /^(?:COPY|ADD) .*\bcomfyui-api\b/m.test(text));
    expect(recipes.length).toBeGreaterThanOrEqual(2);
    for (const recipe of recipes) {
      expect(recipe).toMatch(/^ENV COMFYUI_GATEWAY_CACHE_DIR=\//m);
      expect(recipe).toMatch(/^RUN .*comfyui-api --unpack$/m);
    }
  });
});

describe('the context of a build', () => {
  it.each(['models/a.safetensors', '.git/config', 'node_modules', 'apps/api/src/leaks.spec.ts'])(
    'is without %s',
    (path) => {
      expect(isIgnored(path)).toBe(true);
    },
  );
});

describe.each(COMPOSE_FILES)('%s', (file) => {
  it('is YAML', async () => {
    // Prettier parses before it compares.
    const prettier = join(ROOT, 'node_modules/prettier/bin/prettier.cjs');
    await promisify(execFile)(process.execPath, [prettier, '--check', join(ROOT, file)]);
  });

  it('sets variables that the gateway knows', () => {
    const names = [...read(file).matchAll(/^ {6}([A-Z][A-Z0-9_]*):/gm)].map(([, name]) => name);
    expect(names).toContain('ALWAYS_RESTART_COMFYUI');
    expect(knownVariables()).toEqual(expect.arrayContaining(names));
  });

  it('builds from Dockerfiles that are there', () => {
    const named = [...read(file).matchAll(/dockerfile: (\S+)/g)].map(([, path]) => path);
    expect(DOCKERFILES).toEqual(expect.arrayContaining(named));
  });
});

describe.each(DOCS)('%s', (file) => {
  const blocks = (language: string): readonly string[] =>
    [...read(file).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
      ([, text]) => text ?? '',
    );

  it('has JSON that parses', () => {
    for (const text of blocks('json')) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('sets variables that the gateway knows', () => {
    const ofShell = blocks('sh').flatMap((text) => [
      ...text.matchAll(/(?:^|export |[^\S\n])([A-Z][A-Z0-9_]+)=/gm),
    ]);
    const ofManifests = blocks('yaml').flatMap((text) => [
      ...text.matchAll(/name: ([A-Z][A-Z0-9_]+)\b/g),
    ]);
    const names = [...ofShell, ...ofManifests]
      .map(([, name]) => name ?? '')
      .filter((name) => !name.startsWith('SYSTEM_META_'));
    expect(knownVariables()).toEqual(expect.arrayContaining(names));
  });

  it('links to files that are there', () => {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:)([^)#]*)/g)) {
      expect([target, existsSync(join(ROOT, 'docs', target))]).toEqual([target, true]);
    }
  });
});

describe('docs/events.md', () => {
  it.each(SYSTEM_EVENTS)('shows %s', (name) => {
    expect(read('docs/events.md')).toMatch(new RegExp(`^\\*\\*\`${name}\`\\*\\*`, 'm'));
    expect(read('docs/events.md')).toContain(`"type": "${name}"`);
  });
});

describe('docker/is-live.cjs', () => {
  let server: WebServer;

  beforeEach(async () => {
    server = await WebServer.start();
  });

  afterEach(async () => {
    await server.stop();
  });

  async function exitCode(port: number, more: Readonly<Record<string, string>> = {}) {
    const env = { PORT: String(port), ...more };
    return promisify(execFile)(process.execPath, [join(ROOT, 'docker/is-live.cjs')], { env }).then(
      () => 0,
      (error: unknown) => (error as { readonly code: unknown }).code,
    );
  }

  it('asks for liveness where the gateway listens', async () => {
    expect(await exitCode(server.port, { HOST: '::' })).toBe(0);
    expect(await exitCode(server.port, { HOST: '127.0.0.1' })).toBe(0);
    expect(server.calls.map(({ path }) => path)).toEqual(['/health/live', '/health/live']);
  });

  it('fails when the answer is no', async () => {
    server.always(503);
    expect(await exitCode(server.port)).toBe(1);
  });

  it('fails when nobody answers', async () => {
    expect(await exitCode(await freePort())).toBe(1);
  });
});

/** Instructions as words, comments and line ends gone. */
function instructionsOf(dockerfile: string): readonly (readonly string[])[] {
  return dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

/** By the rules of `.dockerignore`: of the patterns that match a path or a folder above it, the last. */
function isIgnored(path: string): boolean {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = patterns.findLast((pattern) => toRegExp(pattern.replace(/^!/, '')).test(path));
  return last !== undefined && !last.startsWith('!');
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split('**/')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*'))
    .join('(?:.*/)?');
  return new RegExp(`^${source}(?:/|$)`);
}

/** The names in the tables of `docs/configuration.md`. */
function knownVariables(): readonly string[] {
  return [...read('docs/configuration.md').matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(
    ([, name]) => name ?? '',
  );
}
