import type { Compiler, CompilerOptions } from './source.compiler';

/** A file's text and what a compiler made of it. */
export interface CompiledText {
  readonly options: CompilerOptions;
  readonly code: string;
}

/** Remembers what was compiled: to load the compiler and to use it is most of what loading costs. */
export class CompiledTexts {
  private readonly byFile = new Map<string, readonly CompiledText[]>();

  add(text: CompiledText): void {
    const { filename } = text.options;
    this.byFile.set(filename, [...(this.byFile.get(filename) ?? []), text]);
  }

  /** `compiler`, except that it compiles nothing twice; a file that changed is another text. */
  over(compiler: Compiler): Compiler {
    return {
      transform: (options) => {
        const known = this.find(options);
        if (known) return known.code;
        const text = { options, code: compiler.transform(options) };
        this.add(text);
        return text.code;
      },
    };
  }

  /** Hands out what there is, and forgets it. */
  take(): readonly CompiledText[] {
    const texts = [...this.byFile.values()].flat();
    this.byFile.clear();
    return texts;
  }

  private find({ filename, source, async }: CompilerOptions): CompiledText | undefined {
    return this.byFile
      .get(filename)
      ?.find(({ options }) => options.source === source && options.async === async);
  }
}
