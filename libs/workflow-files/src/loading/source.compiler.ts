import { Script } from 'node:vm';

import { z } from 'zod';

/** A module's code, ready to run; `async` code may await at its top. */
export interface CompiledSource {
  readonly async: boolean;
  run(scope: ModuleScope): unknown;
}

/** What a module's code sees as if it were global. */
interface ModuleScope {
  readonly exports: unknown;
  readonly require: (specifier: string) => unknown;
  readonly module: { exports: unknown };
  readonly __filename: string;
  readonly __dirname: string;
  /** Where compiled `import` statements lead. */
  readonly jitiImport: (specifier: string) => Promise<unknown>;
}

/** The part of jiti that compiles. */
export interface Compiler {
  transform(options: CompilerOptions): string;
}

export interface CompilerOptions {
  readonly source: string;
  readonly filename: string;
  readonly ts: boolean;
  readonly async: boolean;
  readonly retainLines: boolean;
}

/** The text is no JavaScript and no TypeScript. */
export class SourceError extends Error {
  constructor(
    message: string,
    readonly file: string,
    readonly line: number,
  ) {
    super(message);
    this.name = 'SourceError';
  }
}

/**
 * Compiles a file's text: plain CommonJS is taken as it is, everything else goes through jiti's
 * compiler. Every statement stays on its line, so that stack traces tell the author's line numbers.
 *
 * @throws SourceError
 */
export function compileSource(
  jiti: Compiler,
  file: string,
  source: string,
  loading: 'import' | 'require',
): CompiledSource {
  const plain = plainCommonJs(file, source);
  if (plain) return { async: false, run: plain };
  const async = loading === 'import';
  const code = jiti.transform({
    source: source.replace(/^#!/, '//'),
    filename: file,
    ts: /\.[cm]?ts$/i.test(file),
    async,
    retainLines: true,
  });
  const failure = failureIn(code);
  if (failure) throw new SourceError(failure.message.trim(), file, failure.line);
  return { async, run: wrap(file, code, async ? 'async function' : 'function') };
}

/** Module syntax does not parse in a function's body; a dynamic `import()` does, but needs jiti. */
function plainCommonJs(file: string, source: string): CompiledSource['run'] | undefined {
  if (!/\.c?js$/i.test(file) || /\bimport\s*\(/.test(source)) return undefined;
  try {
    return wrap(file, source.replace(/^#!/, '//'), 'function');
  } catch {
    return undefined;
  }
}

const SCOPE = ['exports', 'require', 'module', '__filename', '__dirname', 'jitiImport'] as const;

function wrap(file: string, code: string, keyword: string): CompiledSource['run'] {
  const script = new Script(`(${keyword} (${SCOPE.join(', ')}) { ${code}\n})`, { filename: file });
  const run = script.runInThisContext() as (...scope: unknown[]) => unknown;
  return (scope) =>
    Reflect.apply(
      run,
      scope.exports,
      SCOPE.map((name) => scope[name]),
    );
}

/** jiti's compiler does not throw: it writes a module that does. */
function failureIn(code: string): z.infer<typeof failureSchema> | undefined {
  const told = code.startsWith(FAILURE) ? code.slice(FAILURE.length) : undefined;
  return told === undefined ? undefined : failureSchema.parse(JSON.parse(told));
}

const FAILURE = 'exports.__JITI_ERROR__ = ';
const failureSchema = z.object({ line: z.number(), message: z.string() });
