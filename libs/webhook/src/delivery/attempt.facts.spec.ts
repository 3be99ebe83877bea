import { BodyChangedError } from '../webhook.errors';
import { attemptFacts } from './attempt.facts';

describe('attemptFacts', () => {
  it('tells the status of an answer', () => {
    expect(attemptFacts({ kind: 'answered', status: 503 })).toEqual({ status: 503 });
  });

  it('tells the causes of a failure by code or name, never by message', () => {
    const refused = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' });
    const cause = new TypeError('fetch of http://a/?key=secret failed', { cause: refused });
    expect(attemptFacts({ kind: 'failed', cause })).toEqual({ cause: 'TypeError < ECONNREFUSED' });
    const changed = new BodyChangedError('secret.png', 1);
    expect(attemptFacts({ kind: 'failed', cause: changed })).toEqual({ cause: changed.code });
  });

  it('comes to an end when causes go in a circle', () => {
    const circle = new RangeError('x');
    circle.cause = circle;
    expect(attemptFacts({ kind: 'failed', cause: circle })).toEqual({
      cause: Array(5).fill('RangeError').join(' < '),
    });
  });

  it('says why there was no attempt', () => {
    expect(attemptFacts(undefined)).toEqual({ cause: 'shutting down' });
  });
});
