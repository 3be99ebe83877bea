import { aNodeBench, removeNodeBenches } from './node-bench.fixture';

afterAll(removeNodeBenches);

describe('text nodes', () => {
  it.each([
    ['hi', 'hi'],
    [true, 'True'],
    [null, 'None'],
    [64, '64'],
    [18446744073709551615n, '18446744073709551615'],
    [{ a: [1, 'é'] }, '{"a": [1, "\\u00e9"]}'],
  ])('PreviewAny shows %p as %s', async (source, text) => {
    const bench = await aNodeBench();
    expect((await bench.run('PreviewAny', { source })).ui).toEqual({ text: [text] });
  });

  it.each([
    ['StringConcatenate', { string_a: 'a', string_b: 'b', delimiter: '-' }, 'a-b'],
    ['StringLength', { string: 'né🦊' }, 3],
    ['StringReplace', { string: 'a.a', find: 'a', replace: '$&' }, '$&.$&'],
    ['CaseConverter', { string: 'hELLO world', mode: 'Title Case' }, 'Hello World'],
    ['CaseConverter', { string: 'hELLO world', mode: 'Capitalize' }, 'Hello world'],
    ['PrimitiveInt', { value: 9223372036854775807n }, 9223372036854775807n],
    ['PrimitiveBoolean', { value: false }, false],
  ])('%s of %p gives %p', async (classType, inputs, output) => {
    const bench = await aNodeBench();
    expect((await bench.run(classType, inputs)).outputs).toEqual([output]);
  });

  it('GetImageSize gives the size and broadcasts it as text', async () => {
    const bench = await aNodeBench();
    const settings = { width: 64, height: 48, batch_size: 3, color: 0 };
    const image = await bench.value('EmptyImage', settings);
    expect((await bench.run('GetImageSize', { image })).outputs).toEqual([64, 48, 3]);
    expect(bench.texts).toEqual(['width: 64, height: 48\n batch size: 3']);
  });
});
