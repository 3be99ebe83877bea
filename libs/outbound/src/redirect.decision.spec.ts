import type { Trust } from './outbound.request';
import { afterAnswer, type AfterAnswer, type Hop } from './redirect.decision';

const RULES = { maxRedirects: 5, secretHeaders: ['X-Api-Key'] };

function aHop(hop: Partial<Hop> = {}): Hop {
  return {
    method: 'GET',
    url: new URL('https://a.test/dir/file'),
    headers: { accept: '*/*' },
    trust: 'client',
    redirects: 0,
    ...hop,
  };
}

function target(after: AfterAnswer): Hop {
  if (after.outcome !== 'redirected') throw new Error(after.outcome);
  return after.to;
}

function redirect(hop: Hop, location: string, status = 302): AfterAnswer {
  return afterAnswer(hop, { status, location }, RULES);
}

describe('an answer', () => {
  it.each([200, 204, 300, 304, 305, 400, 500])(
    'of %d has arrived, whatever it points to',
    (status) => {
      expect(redirect(aHop(), 'https://b.test', status)).toEqual({ outcome: 'arrived' });
    },
  );

  it('that points nowhere has arrived', () => {
    const answer = { status: 302, location: undefined };
    expect(afterAnswer(aHop(), answer, RULES)).toEqual({ outcome: 'arrived' });
  });

  it.each([301, 302, 303, 307, 308])('of %d leads a GET and a HEAD on', (status) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const to = target(redirect(aHop({ method }), 'https://b.test/x', status));
      expect(to).toMatchObject({ method, redirects: 1 });
      expect(to.url.href).toBe('https://b.test/x');
    }
  });

  it.each([301, 302, 303])(
    'of %d to a POST has not delivered it, and is not followed',
    (status) => {
      const hop = aHop({ method: 'POST' });
      expect(redirect(hop, 'https://b.test', status)).toEqual({ outcome: 'arrived' });
    },
  );

  it.each([307, 308])('of %d leads a POST on as a POST', (status) => {
    const to = target(redirect(aHop({ method: 'POST' }), 'https://b.test', status));
    expect(to.method).toBe('POST');
  });

  it('is followed five times, and no sixth', () => {
    expect(redirect(aHop({ redirects: 4 }), '/x').outcome).toBe('redirected');
    expect(redirect(aHop({ redirects: 5 }), '/x')).toEqual({ outcome: 'too-many' });
  });

  it.each([
    ['other', 'https://a.test/dir/other'],
    ['/top?q=1', 'https://a.test/top?q=1'],
    ['//b.test/x', 'https://b.test/x'],
    ['?q', 'https://a.test/dir/file?q'],
  ])('may point relatively: %s', (location, url) => {
    expect(target(redirect(aHop(), location)).url.href).toBe(url);
  });

  it('may point to what is not a URL', () => {
    expect(redirect(aHop(), 'http://[')).toEqual({ outcome: 'nowhere' });
  });
});

describe('secrets', () => {
  const headers = {
    authorization: 'Basic x',
    cookie: 'a=b',
    'x-api-key': 'k',
    accept: '*/*',
    'content-type': 'text/plain',
  };

  it.each(['https://b.test/', 'http://a.test/', 'https://a.test:8443/', 'https://sub.a.test/'])(
    'do not travel to another origin: %s',
    (location) => {
      expect(target(redirect(aHop({ headers }), location)).headers).toEqual({
        accept: '*/*',
        'content-type': 'text/plain',
      });
    },
  );

  it.each(['/other', 'https://a.test:443/x'])('travel within their own: %s', (location) => {
    expect(target(redirect(aHop({ headers }), location)).headers).toEqual(headers);
  });

  it('of a redirect are for the origin that it names', () => {
    const to = target(redirect(aHop({ headers }), 'https://u:p@b.test/x'));
    expect(to.headers['authorization']).toBe(`Basic ${btoa('u:p')}`);
    expect(to.url.href).toBe('https://b.test/x');
  });
});

describe('the trust in an operator', () => {
  function trustAfter(...locations: string[]): Trust {
    const first = aHop({ trust: 'operator' });
    return locations.reduce((hop, location) => target(redirect(hop, location)), first).trust;
  }

  it('stays within the origin', () => {
    expect(trustAfter('/a', 'https://a.test/b')).toBe('operator');
  });

  it('ends at another origin, and does not come back', () => {
    expect(trustAfter('https://b.test')).toBe('client');
    expect(trustAfter('https://a.test:8443/')).toBe('client');
    expect(trustAfter('https://b.test', 'https://a.test')).toBe('client');
  });
});
