import type { buildConnector } from 'undici';

import type { AddressResolver } from './dialer.port';
import { AddressRefusedError, guardedConnector } from './guarded.connector';
import { fakeResolver, PUBLIC } from './testing/fake.resolver';
import { inspectAddress } from './url.inspection';

const RULES = { allowPrivateNetworks: false, allow: [], deny: [] };

/** Asks for a connection; nothing is ever dialled, it is only told what would have been. */
async function attempt(
  hostname: string,
  resolve: AddressResolver = () => Promise.reject(new Error('no name was to be resolved')),
): Promise<{ readonly dialled: readonly string[] } | { readonly failure: Error }> {
  const target: buildConnector.Options = { hostname, host: hostname, protocol: 'http:', port: '' };
  return new Promise((settle) => {
    const connector = guardedConnector(
      (place, address) => inspectAddress(place, address, RULES),
      resolve,
      (_target, addresses) => settle({ dialled: addresses.map(({ address }) => address) }),
    );
    connector(target, (...[failure]) => {
      if (failure) settle({ failure });
    });
  });
}

describe('the guarded connector', () => {
  it.each(['93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
    'dials %s, which needs no name',
    async (address) => {
      expect(await attempt(address)).toEqual({ dialled: [address] });
    },
  );

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:808:808::80ff:fffe',
  ])('refuses the literal %s, which no lookup would ever see', async (address) => {
    const outcome = await attempt(address);
    expect(outcome).toEqual({ failure: expect.any(AddressRefusedError) });
  });

  it('dials what was inspected, all of it and in its order', async () => {
    const addresses = ['2606:4700::1111', '93.184.216.34'];
    const resolve = fakeResolver({ 'files.test': [addresses] });
    expect(await attempt('files.test', resolve)).toEqual({ dialled: addresses });
  });

  it.each([[['127.0.0.1']], [['93.184.216.34', '127.0.0.1']], [['::1', '93.184.216.34']]])(
    'refuses a name that leads to %j',
    async (addresses) => {
      const resolve = fakeResolver({ 'files.test': [addresses] });
      const outcome = await attempt('files.test', resolve);
      expect(outcome).toEqual({
        failure: new AddressRefusedError('files.test leads to a loopback address'),
      });
    },
  );

  it('resolves a name once for each connection, so that there is nothing to rebind between', async () => {
    const resolve = fakeResolver({ 'rebound.test': [...PUBLIC, ['127.0.0.1']] });
    expect(await attempt('rebound.test', resolve)).toEqual({ dialled: PUBLIC[0] });
    expect(await attempt('rebound.test', resolve)).toEqual({
      failure: expect.any(AddressRefusedError),
    });
  });

  it('passes on why a name cannot be resolved', async () => {
    const outcome = await attempt('gone.test', fakeResolver({}));
    expect(outcome).toEqual({ failure: expect.objectContaining({ code: 'ENOTFOUND' }) });
  });

  it('passes on what a dialler throws', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const connector = guardedConnector(() => undefined, fakeResolver({ 'a.test': PUBLIC }), broken);
    const target = { hostname: 'a.test', protocol: 'http:', port: '' };
    const failure = await new Promise((settle) => {
      connector(target, (...[error]) => settle(error));
    });
    expect(failure).toEqual(new Error('broken'));
  });
});
