import { DomainError } from './domain-error';

class SpoonMissingError extends DomainError {
  readonly code = 'soup.spoon_missing';
}

describe('DomainError', () => {
  it('is named after its class, so that a log line tells which it was', () => {
    expect(String(new SpoonMissingError('no spoon'))).toBe('SpoonMissingError: no spoon');
  });

  it('keeps the failure it was made from', () => {
    const cause = new Error('drawer is empty');
    expect(new SpoonMissingError('no spoon', { cause }).cause).toBe(cause);
  });

  it('is an Error with a stack and a stable code', () => {
    const error = new SpoonMissingError('no spoon');
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe('soup.spoon_missing');
    expect(error.stack).toContain('domain-error.spec.ts');
  });
});
