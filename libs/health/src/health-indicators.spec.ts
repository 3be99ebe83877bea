import { HealthIndicators } from './health-indicators';

describe('health indicators', () => {
  it('are up when each is, and are asked anew each time', async () => {
    const indicators = new HealthIndicators();
    expect(await indicators.areUp()).toBe(true);
    let up = true;
    indicators.add({ name: 'licence', check: () => ({ up, seats: 3 }) });
    expect(await indicators.areUp()).toBe(true);
    up = false;
    expect(await indicators.areUp()).toBe(false);
    expect(await Promise.all(indicators.checks.map((ask) => ask()))).toEqual([
      { name: 'licence', finding: { up: false, seats: 3 } },
    ]);
  });

  it('are down when they throw, and say why', async () => {
    const indicators = new HealthIndicators();
    indicators.add({
      name: 'a',
      check: () => {
        throw new Error('no route');
      },
    });
    indicators.add({ name: 'b', check: () => Promise.resolve({ up: true }) });
    expect(await Promise.all(indicators.checks.map((ask) => ask()))).toEqual([
      { name: 'a', finding: { up: false, reason: 'no route' } },
      { name: 'b', finding: { up: true } },
    ]);
    expect(await indicators.areUp()).toBe(false);
  });

  it('have names of their own', () => {
    const indicators = new HealthIndicators();
    const check = () => ({ up: true });
    indicators.add({ name: 'a', check });
    for (const name of ['a', 'comfyui']) {
      expect(() => indicators.add({ name, check })).toThrow(`"${name}"`);
    }
  });
});
