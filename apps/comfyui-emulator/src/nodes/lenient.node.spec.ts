import { lenientNode } from './lenient.node';
import { aNodeBench, removeNodeBenches } from './node-bench.fixture';
import type { NodeInputs } from './node-class';
import type { ImageBatch } from './values';

afterAll(removeNodeBenches);

describe('a class that is not installed', () => {
  it('passes on the image it is given', async () => {
    const { run, image } = await aLenientBench();
    const { outputs, ui } = await run({ strength: 2, image });
    expect(outputs).toHaveLength(8);
    expect(outputs.every((output) => output === image)).toBe(true);
    expect(ui).toBeUndefined();
  });

  it('saves images under its filename_prefix', async () => {
    const { run, image, bench } = await aLenientBench();
    const { ui } = await run({ images: image, filename_prefix: 'x/y' });
    expect(ui).toEqual({
      images: [{ filename: 'y_00001_.png', subfolder: 'x', type: 'output' }],
    });
    expect(await bench.listOutput('x')).toEqual(['y_00001_.png']);
  });

  it('makes the same picture of the same literals, and another of others', async () => {
    const { run } = await aLenientBench();
    const paint = async (seed: number) =>
      (await run({ seed, width: 32, height: 16 })).outputs[0] as ImageBatch;
    const [one, again, other] = [await paint(1), await paint(1), await paint(2)];
    expect([one.width, one.height]).toEqual([32, 16]);
    expect(one.frames[0]).toEqual(again.frames[0]);
    expect(one.frames[0]).not.toEqual(other.frames[0]);
  });
});

async function aLenientBench() {
  const bench = await aNodeBench();
  const settings = { width: 4, height: 4, batch_size: 1, color: 5 };
  const image = await bench.value<ImageBatch>('EmptyImage', settings);
  const run = (inputs: NodeInputs) => bench.runClass(lenientNode('FancyUpscale'), inputs);
  return { bench, image, run };
}
