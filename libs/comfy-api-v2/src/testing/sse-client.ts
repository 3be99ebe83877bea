import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

import { eventually } from '@gateway/testing';

export interface ReceivedEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A client of an event stream that writes down what it gets; it can stop reading. */
export class SseClient {
  private text = '';
  ended = false;
  broken = false;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('end', () => (this.ended = true));
    response.on('error', () => (this.broken = true));
  }

  static async connect(url: string): Promise<SseClient> {
    const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
    return new SseClient(response);
  }

  /** Everything as it came, comments included. */
  get raw(): string {
    return this.text;
  }

  get events(): readonly ReceivedEvent[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.flatMap((block) => {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event === undefined || data === undefined) return [];
      return [{ event, data: JSON.parse(data) as ReceivedEvent['data'] }];
    });
  }

  of(event: string): readonly ReceivedEvent['data'][] {
    return this.events.filter((one) => one.event === event).map(({ data }) => data);
  }

  /** The names of the events so far, in order. */
  get names(): readonly string[] {
    return this.events.map(({ event }) => event);
  }

  async until(count: number, event: string): Promise<readonly ReceivedEvent['data'][]> {
    return eventually(
      () => (this.of(event).length >= count ? this.of(event) : undefined),
      `${count} × ${event}, but only: ${this.names.join()}`,
      5_000,
    );
  }

  async untilEnded(): Promise<void> {
    await eventually(() => this.ended, 'the stream ended', 5_000);
  }

  leave(): void {
    this.response.destroy();
  }
}
