import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { answering, systemDialer, systemResolver } from './system.dialer';

const SOME = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
];

describe('a lookup that has been made already', () => {
  it('gives all addresses to who wants all, and the first to who wants one', () => {
    const given: unknown[] = [];
    const take = (...answer: unknown[]): void => void given.push(answer);
    answering(SOME)('anything.test', { all: true }, take);
    answering(SOME)('anything.test', {}, take);
    expect(given).toEqual([
      [null, SOME],
      [null, '::1', 6],
    ]);
  });

  it('fails when there is none', () => {
    answering([])('empty.test', { all: true }, (error) => {
      expect(error?.message).toBe('empty.test has no address');
    });
    expect.assertions(1);
  });
});

describe('the system’s dialler', () => {
  it('connects to the addresses it is given, not to where the name leads', async () => {
    const target = { hostname: 'localhost', host: 'localhost', protocol: 'http:' };
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    // If it looked the name up after all, it would be told nothing, and would ask nobody.
    const lookup = jest.spyOn(dns, 'lookup').mockImplementation((...given: unknown[]) => {
      (given.at(-1) as (error: Error) => void)(new Error('it looked the name up'));
    });
    const remote = await new Promise((settle, reject) => {
      systemDialer({ ...target, port }, [{ address: '127.0.0.1', family: 4 }], (error, socket) => {
        if (error) reject(error);
        else {
          settle(socket.remoteAddress);
          socket.destroy();
        }
      });
    });
    expect(remote).toBe('127.0.0.1');
    const failure = await new Promise((settle) => {
      systemDialer({ ...target, port }, [], (...[error]) => settle(error));
    });
    expect(failure).toMatchObject({ message: 'localhost has no address' });
    expect(lookup).not.toHaveBeenCalled();
    lookup.mockRestore();
    server.close();
  });
});

describe('the system’s resolver', () => {
  it('gives every address with its family', async () => {
    expect(await systemResolver('127.0.0.1')).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
});
