import { buildConnector } from 'undici';

import type { Dialer } from '../dialer.port';
import { CERTIFICATE } from './certificate';

/**
 * Dials one port of the loopback, whatever address it is told, and writes down what it was told. Even
 * a guard that lets everything pass sends nothing anywhere else.
 */
export class StandInDialer {
  readonly dialled: string[] = [];
  private readonly connect = buildConnector({ ca: CERTIFICATE });

  constructor(private readonly port: number) {}

  readonly dial: Dialer = (target, addresses, callback) => {
    this.dialled.push(`${target.hostname} at ${addresses.map(({ address }) => address).join(' ')}`);
    // `host` stays, for the certificate; nobody connects to it.
    this.connect({ ...target, hostname: '127.0.0.1', port: String(this.port) }, callback);
  };
}
