import { Agent } from 'undici';

import { RenewedDispatcher } from './renewed.dispatcher';

describe('a dispatcher that is renewed', () => {
  it('serves many origins, each as often as it likes, before there is another', async () => {
    const made: Agent[] = [];
    const renewed = new RenewedDispatcher(() => {
      const agent = new Agent();
      made.push(agent);
      return agent;
    }, 2);
    const given = ['a', 'b', 'a', 'c', 'a', 'c', 'd'].map((origin) => renewed.for(origin));
    expect(given.map((dispatcher) => made.findIndex((one) => one === dispatcher))).toEqual([
      0, 0, 0, 1, 1, 1, 2,
    ]);
    expect(made.map(({ closed }) => closed)).toEqual([true, true, false]);
    await renewed.destroy();
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });
});
