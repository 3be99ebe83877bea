import { assertNever } from './assert-never';

describe('assertNever', () => {
  it('names the value that nobody foresaw', () => {
    expect(() => assertNever({ type: 'surprise' } as never)).toThrow('{"type":"surprise"}');
  });
});
