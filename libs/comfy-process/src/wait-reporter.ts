import type { Clock, Log } from '@gateway/kernel';

import { checkPort, type PortState } from './port-check';

/** Between two lines about an engine that does not come. */
const REPORT_EVERY_MS = 10_000;

/**
 * Tells the log, now and then, that an engine which is not ours to launch does not answer. Nothing
 * else would: it is waited for without end, and prints nothing here.
 */
export class WaitReporter {
  private toldAt: number;

  constructor(
    private readonly address: { readonly host: string; readonly port: number },
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.toldAt = clock.now();
  }

  /** A wait begins; that much the log knows. */
  begin(): void {
    this.toldAt = this.clock.now();
  }

  /** The engine was asked and did not answer. */
  async noteFailure(signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    if (now - this.toldAt < REPORT_EVERY_MS) return;
    this.toldAt = now;
    const { host, port } = this.address;
    const found = await checkPort(host, port, signal);
    if (signal.aborted) return;
    const url = urlOf(this.address);
    this.log.warn({ url }, `no ComfyUI answers at ${url} yet (${WORDS[found]}); still trying`);
  }
}

const WORDS: Readonly<Record<PortState, string>> = {
  closed: 'refused',
  open: 'something listens there, and does not answer as ComfyUI does',
  unknown: 'no connection',
};

/** The address as people write it. */
export function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}
