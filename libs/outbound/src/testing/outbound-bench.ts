import { FakeClock } from '@gateway/testing';

import type { AddressResolver } from '../dialer.port';
import { OutboundFetcher } from '../outbound.fetcher';
import type { OutboundOptions } from '../outbound.options';
import { StandInDialer } from './stand-in.dialer';
import { fakeResolver, PUBLIC } from './fake.resolver';
import { Web } from './web';

/** A web on the loopback, and fetchers that cannot reach anything else. */
export class OutboundBench {
  readonly clock = new FakeClock();
  readonly dialer: StandInDialer;
  private readonly fetchers: OutboundFetcher[] = [];

  private constructor(readonly web: Web) {
    this.dialer = new StandInDialer(web.port);
  }

  static async start(scheme: 'http' | 'https' = 'http'): Promise<OutboundBench> {
    return new OutboundBench(await Web.start(scheme));
  }

  fetcher(
    options: Partial<OutboundOptions> = {},
    resolve: AddressResolver = everywhereInTheInternet,
  ): OutboundFetcher {
    const fetcher = new OutboundFetcher(
      {
        allowPrivateNetworks: false,
        allowHosts: [],
        denyHosts: [],
        maxBytes: 1_000_000,
        timeoutMs: 10_000,
        ...options,
      },
      { resolve, dial: this.dialer.dial, clock: this.clock },
    );
    this.fetchers.push(fetcher);
    return fetcher;
  }

  async stop(): Promise<void> {
    await Promise.all(this.fetchers.map((fetcher) => fetcher.close()));
    await this.web.stop();
  }
}

const everywhereInTheInternet: AddressResolver = (hostname) =>
  fakeResolver({ [hostname]: PUBLIC })(hostname);
