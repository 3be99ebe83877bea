import type { ObjectInfo } from '@gateway/comfy-protocol';
import { FakeClock } from '@gateway/testing';

import { Catalogue } from './catalogue';

/** An engine that answers when it is told to, with the answers it is given. */
class SlowEngine {
  asked = 0;
  private answers: ((answer: ObjectInfo | Error) => void)[] = [];

  readonly objectInfo = (): Promise<ObjectInfo> => {
    this.asked += 1;
    return new Promise((resolve, reject) => {
      this.answers.push((answer) => {
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    });
  };

  answer(answer: ObjectInfo | Error): void {
    this.answers.shift()?.(answer);
  }
}

function infoWith(...classes: readonly string[]): ObjectInfo {
  return Object.fromEntries(
    classes.map((name) => [name, { name, input: {}, output: [], output_node: false }]),
  );
}

describe('Catalogue', () => {
  let engine: SlowEngine;
  let clock: FakeClock;
  let catalogue: Catalogue;

  beforeEach(() => {
    engine = new SlowEngine();
    clock = new FakeClock(1_000_000);
    catalogue = new Catalogue(engine.objectInfo, clock);
  });

  async function known(info: ObjectInfo): Promise<void> {
    const refreshed = catalogue.refresh();
    engine.answer(info);
    await refreshed;
  }

  it('knows nothing until the engine was asked', () => {
    expect(catalogue.objectInfo).toBeUndefined();
    expect(engine.asked).toBe(0);
  });

  it('asks the engine once for all who come while it answers', async () => {
    const both = Promise.all([catalogue.refresh(), catalogue.load(), catalogue.refresh()]);
    const info = infoWith('SaveImage');
    engine.answer(info);
    expect(await both).toEqual([info, info, info]);
    expect(engine.asked).toBe(1);
    expect(catalogue.objectInfo).toBe(info);
  });

  it('loads what is known without asking again', async () => {
    await known(infoWith('A'));
    expect(await catalogue.load()).toEqual(infoWith('A'));
    expect(engine.asked).toBe(1);
  });

  it('knows what the engine answered last', async () => {
    await known(infoWith('A'));
    await known(infoWith('A', 'B'));
    expect(catalogue.objectInfo).toEqual(infoWith('A', 'B'));
    expect(engine.asked).toBe(2);
  });

  it('keeps what it knew when the engine does not answer, and asks again the next time', async () => {
    await known(infoWith('A'));
    const refreshed = catalogue.refresh();
    engine.answer(new Error('connection refused'));
    await expect(refreshed).rejects.toThrow('connection refused');
    expect(catalogue.objectInfo).toEqual(infoWith('A'));
    await known(infoWith('B'));
    expect(catalogue.objectInfo).toEqual(infoWith('B'));
  });

  it('answers at once with what was asked for since, and asks anew for what was not', async () => {
    await known(infoWith('A'));
    expect(await catalogue.asOfNow(1_000)).toEqual(infoWith('A'));
    expect(engine.asked).toBe(1);
    await clock.advance(1_000);
    const asked = catalogue.asOfNow(1_000);
    engine.answer(infoWith('A', 'B'));
    expect(await asked).toEqual(infoWith('A', 'B'));
    expect(engine.asked).toBe(2);
  });

  it('asks once in a while at most: all who come too soon wait, and share the answer', async () => {
    await known(infoWith('A'));
    await clock.advance(1);
    const all = Promise.all([1, 2, 3].map(() => catalogue.asOfNow(1_000)));
    await clock.advance(998);
    expect(engine.asked).toBe(1);
    await clock.advance(1);
    expect(engine.asked).toBe(2);
    engine.answer(infoWith('B'));
    expect(await all).toEqual([infoWith('B'), infoWith('B'), infoWith('B')]);
    expect(clock.pending).toBe(0);
  });

  it('takes no answer to a question that was put before', async () => {
    const before = catalogue.refresh();
    await clock.advance(10);
    const asked = catalogue.asOfNow(1_000);
    engine.answer(infoWith('A'));
    await before;
    await clock.advance(990);
    engine.answer(infoWith('B'));
    expect(await asked).toEqual(infoWith('B'));
  });

  it('makes only so many wait', async () => {
    await known(infoWith('A'));
    await clock.advance(1);
    const waiting = Array.from({ length: 32 }, () => catalogue.asOfNow(1_000));
    expect(await catalogue.asOfNow(1_000)).toEqual(infoWith('A'));
    await clock.advance(999);
    engine.answer(infoWith('B'));
    expect((await Promise.all(waiting)).at(-1)).toEqual(infoWith('B'));
  });

  it('fails as the engine does', async () => {
    await known(infoWith('A'));
    await clock.advance(1_000);
    const asked = catalogue.asOfNow(1_000);
    engine.answer(new Error('connection refused'));
    await expect(asked).rejects.toThrow('connection refused');
  });

  it('asks for what it never knew', async () => {
    const asked = catalogue.asOfNow(1_000);
    engine.answer(infoWith('A'));
    expect(await asked).toEqual(infoWith('A'));
  });
});
