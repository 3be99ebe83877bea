import { parseHostPattern, placeOf } from './host.rules';
import { inspectAddress, inspectUrl, type UrlRules } from './url.inspection';

interface Given {
  readonly allowPrivateNetworks?: boolean;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

function rules({ allowPrivateNetworks = false, allow = [], deny = [] }: Given): UrlRules {
  return {
    allowPrivateNetworks,
    allow: allow.map(parseHostPattern),
    deny: deny.map(parseHostPattern),
  };
}

function ofClient(url: string, given: Given = {}): string | undefined {
  return inspectUrl(new URL(url), 'client', rules(given));
}

function ledTo(address: string, given: Given = {}, url = 'http://files.test'): string | undefined {
  return inspectAddress(placeOf(new URL(url)), address, rules(given));
}

describe('the inspection of a URL', () => {
  it.each([
    'http://example.com',
    'https://example.com:8443/a?b',
    'http://8.8.8.8',
    'http://[2606::1]',
  ])('finds nothing wrong with %s', (url) => {
    expect(ofClient(url)).toBeUndefined();
  });

  it.each([
    ['file:///etc/passwd', 'file:'],
    ['ftp://example.com', 'ftp:'],
    ['data:text/plain,x', 'data:'],
    ['gopher://example.com', 'gopher:'],
  ])('refuses %s for its scheme, whoever names it', (url, scheme) => {
    const reason = `only http and https are followed, not ${scheme}`;
    expect(ofClient(url)).toBe(reason);
    expect(inspectUrl(new URL(url), 'operator', rules({}))).toBe(reason);
  });

  it.each([
    ['http://127.0.0.1/', '127.0.0.1 is a loopback address'],
    ['http://127.1/', '127.0.0.1 is a loopback address'],
    ['http://0x7f000001/', '127.0.0.1 is a loopback address'],
    ['http://2130706433/', '127.0.0.1 is a loopback address'],
    ['http://017700000001/', '127.0.0.1 is a loopback address'],
    ['http://0177.0.0.1./', '127.0.0.1 is a loopback address'],
    ['http://①②⑦.0.0.1/', '127.0.0.1 is a loopback address'],
    ['http://%31%32%37.0.0.1/', '127.0.0.1 is a loopback address'],
    ['http://[::ffff:127.0.0.1]/', '127.0.0.1 is a loopback address'],
    ['http://[::1]/', '::1 is a loopback address'],
    ['http://[::]/', ':: is an unspecified address'],
    ['http://0/', '0.0.0.0 is an unspecified address'],
    ['http://169.254.169.254/latest/meta-data', '169.254.169.254 is a link-local address'],
    ['http://[fe80::1]/', 'fe80::1 is a link-local address'],
    ['http://[fd00:ec2::254]/', 'fd00:ec2::254 is a private address'],
    ['http://[64:ff9b::10.0.0.1]/', '64:ff9b::a00:1 is a private address'],
    ['https://user:secret@10.0.0.1/?token=secret', '10.0.0.1 is a private address'],
    ['http://localhost/', 'localhost leads to a loopback address'],
    ['http://LOCALHOST./', 'localhost leads to a loopback address'],
    ['http://a.localhost/', 'a.localhost leads to a loopback address'],
  ])('refuses %s', (url, reason) => {
    expect(ofClient(url)).toBe(reason);
    expect(ofClient(url, { allow: ['*'] })).toBe(reason);
  });

  it('does not read names that are too long to be some', () => {
    expect(ofClient(`http://${'a.'.repeat(200)}com`)).toBe('its host name is too long');
  });

  it('lets the operator name any host and address', () => {
    const strict = rules({ allow: ['other.test'], deny: ['*'] });
    expect(inspectUrl(new URL('http://10.0.0.1'), 'operator', strict)).toBeUndefined();
  });

  it('knows allowed hosts from others', () => {
    const given = { allow: ['files.test', '*.cdn.test'] };
    expect(ofClient('http://files.test', given)).toBeUndefined();
    expect(ofClient('http://a.cdn.test', given)).toBeUndefined();
    expect(ofClient('http://evil.test', given)).toBe(
      'the host evil.test is not among those that are allowed',
    );
  });

  it('opens private networks, but nothing stranger, when asked to', () => {
    const given = { allowPrivateNetworks: true };
    expect(ofClient('http://localhost', given)).toBeUndefined();
    expect(ofClient('http://10.0.0.1', given)).toBeUndefined();
    expect(ofClient('http://[::1]', given)).toBeUndefined();
    expect(ofClient('http://224.0.0.1', given)).toBe('224.0.0.1 is a multicast address');
    expect(ofClient('http://0.0.0.0', given)).toBe('0.0.0.0 is an unspecified address');
  });

  it('lets a host that is named in full have a private address', () => {
    expect(ofClient('http://10.0.0.1:9000', { allow: ['10.0.0.1:9000'] })).toBeUndefined();
    expect(ofClient('http://localhost', { allow: ['localhost'] })).toBeUndefined();
  });

  it('lets a denial win over everything that clients are allowed', () => {
    const given = { allowPrivateNetworks: true, allow: ['10.0.0.1'], deny: ['10.0.0.1'] };
    expect(ofClient('http://10.0.0.1', given)).toBe('the host 10.0.0.1 is denied');
  });
});

describe('the inspection of an address that a name leads to', () => {
  it('lets a name lead into the internet', () => {
    expect(ledTo('93.184.216.34')).toBeUndefined();
    expect(ledTo('2606:4700::1111')).toBeUndefined();
  });

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:10.0.0.1',
    'fd00::1',
    '0.0.0.0',
  ])('does not let one lead to %s, nor tells which address it was', (address) => {
    const reason = ledTo(address);
    expect(reason).toMatch(/^files\.test leads to an? [a-z-]+ address$/);
    expect(reason).not.toContain(address);
  });

  it('lets a name that the operator names in full lead to a private address, on its port', () => {
    const allow = ['files.test:9000'];
    expect(ledTo('10.0.0.1', { allow }, 'http://files.test:9000')).toBeUndefined();
    expect(ledTo('10.0.0.1', { allow }, 'http://files.test')).toBeDefined();
  });

  it('does not let one that only a wildcard covers do so', () => {
    expect(ledTo('10.0.0.1', { allow: ['*.test'] })).toBe('files.test leads to a private address');
  });

  it('keeps denied addresses out of reach under every name and in every form', () => {
    const given = { allowPrivateNetworks: true, allow: ['files.test'], deny: ['169.254.169.254'] };
    for (const form of [
      '169.254.169.254',
      '::ffff:a9fe:a9fe',
      '64:ff9b::a9fe:a9fe',
      '2002:a9fe:a9fe::',
    ]) {
      expect(ledTo(form, given)).toBe('files.test leads to a denied address');
    }
    expect(ledTo('169.254.169.253', given)).toBeUndefined();
  });
});
