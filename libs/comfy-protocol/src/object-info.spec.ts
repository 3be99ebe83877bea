import { comboOptions } from './object-info';

describe('comboOptions', () => {
  it('reads both generations of combos', () => {
    expect(comboOptions([['a', 'b']])).toEqual(['a', 'b']);
    expect(comboOptions(['COMBO', { options: ['a'], multiselect: false }])).toEqual(['a']);
  });

  it('is undefined for every other type', () => {
    expect(comboOptions(['INT', { options: ['a'] }])).toBeUndefined();
    expect(comboOptions(['COMBO', { remote: { route: '/x' } }])).toBeUndefined();
    expect(comboOptions(['COMBO'])).toBeUndefined();
  });
});
