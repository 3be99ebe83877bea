import { CompiledTexts } from './compiled-texts';
import type { Compiler, CompilerOptions } from './source.compiler';

const FILE: CompilerOptions = {
  filename: '/x.ts',
  source: 'one',
  ts: true,
  async: true,
  retainLines: true,
};

describe('CompiledTexts', () => {
  let compiled: string[];
  const compiler: Compiler = {
    transform: ({ source }) => {
      compiled.push(source);
      return `compiled ${source}`;
    },
  };

  beforeEach(() => {
    compiled = [];
  });

  it('compiles a text once, and another text of the same file anew', () => {
    const once = new CompiledTexts().over(compiler);
    expect([once.transform(FILE), once.transform(FILE)]).toEqual(['compiled one', 'compiled one']);
    expect(once.transform({ ...FILE, source: 'two' })).toBe('compiled two');
    once.transform({ ...FILE, async: false });
    once.transform({ ...FILE, filename: '/y.ts' });
    expect(compiled).toEqual(['one', 'two', 'one', 'one']);
  });

  it('takes texts over from another', () => {
    const first = new CompiledTexts();
    first.over(compiler).transform(FILE);
    const second = new CompiledTexts();
    first.take().forEach((text) => second.add(text));
    expect(second.over(compiler).transform(FILE)).toBe('compiled one');
    expect(compiled).toHaveLength(1);
    expect(first.take()).toEqual([]);
  });

  it('gives only texts that were asked for, kept ones too', () => {
    const kept = { options: FILE, code: 'kept one', isKept: true };
    const unused = { options: { ...FILE, filename: '/y.ts' }, code: 'kept too', isKept: true };
    const texts = new CompiledTexts([kept, unused]);
    expect(texts.over(compiler).transform(FILE)).toBe('kept one');
    expect(texts.take()).toEqual([kept]);
    expect(compiled).toEqual([]);
  });
});
