import { retryAfterMs } from './retry-after';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('retryAfterMs', () => {
  it.each([
    { header: '0', ms: 0 },
    { header: '120', ms: 120_000 },
    { header: 'Sun, 01 Mar 2026 12:00:30 GMT', ms: 30_000 },
    { header: 'Sunday, 01-Mar-26 12:00:30 GMT', ms: 30_000 },
    { header: 'Sun Mar  1 12:00:30 2026 GMT', ms: 30_000 },
    { header: 'Sun, 01 Mar 2026 11:00:00 GMT', ms: 0 },
  ])('reads "$header"', ({ header, ms }) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each([undefined, '', 'soon', '-5', '1.5', '2 apples', 'Mon, nonsense'])(
    'makes nothing of %p',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBeUndefined();
    },
  );
});
