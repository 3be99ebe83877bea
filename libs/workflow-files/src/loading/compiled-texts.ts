import type { Compiler, CompilerOptions } from './source.compiler';

/** A file's text and what a compiler made of it. */
export interface CompiledText {
  readonly options: CompilerOptions;
  readonly code: string;
  /** Whether an earlier process compiled it. */
  readonly isKept?: boolean;
}

/** Remembers what was compiled: to load the compiler and to use it is most of what loading costs. */
export class CompiledTexts {
  private readonly byFile = new Map<string, readonly CompiledText[]>();
  private readonly used = new Set<CompiledText>();
  private readonly taken = new Set<CompiledText>();

  constructor(known: readonly CompiledText[] = []) {
    known.forEach((text) => this.add(text));
  }

  add(text: CompiledText): void {
    const { filename } = text.options;
    this.byFile.set(filename, [...(this.byFile.get(filename) ?? []), text]);
  }

  /** All there are, used or not. */
  all(): readonly CompiledText[] {
    return [...this.byFile.values()].flat();
  }

  /** `compiler`, except that it compiles nothing twice; a file that changed is another text. */
  over(compiler: Compiler): Compiler {
    return {
      transform: (options) => {
        const text = this.find(options) ?? this.compile(compiler, options);
        this.used.add(text);
        return text.code;
      },
    };
  }

  /** Those that were asked for and not taken before. */
  take(): readonly CompiledText[] {
    const texts = [...this.used].filter((text) => !this.taken.has(text));
    texts.forEach((text) => this.taken.add(text));
    return texts;
  }

  private compile(compiler: Compiler, options: CompilerOptions): CompiledText {
    const text = { options, code: compiler.transform(options) };
    this.add(text);
    return text;
  }

  private find({ filename, source, async }: CompilerOptions): CompiledText | undefined {
    return this.byFile
      .get(filename)
      ?.find(({ options }) => options.source === source && options.async === async);
  }
}
