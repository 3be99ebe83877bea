import { numberOf, parseScenario } from './scenario.parser';

describe('parseScenario', () => {
  it('reads a bare name', () => {
    const { name, argument } = parseScenario('hang-in-node');
    expect(name).toBe('hang-in-node');
    expect(argument.value).toBeUndefined();
    expect(numberOf(argument, 7)).toBe(7);
  });

  it('reads value, marker, trigger and count in any order', () => {
    expect(parseScenario('late-history:if@cat,250,times@3,once@/tmp/m').argument).toEqual({
      value: '250',
      once: '/tmp/m',
      onlyIf: 'cat',
      times: 3,
    });
  });

  it('keeps colons of the value', () => {
    expect(parseScenario('http-500:/view:x').argument.value).toBe('/view:x');
  });
});
