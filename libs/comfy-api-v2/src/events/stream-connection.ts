import type { ServerResponse } from 'node:http';

import type { Clock } from '@gateway/kernel';

import type { JobChannel } from './job-channel';
import { HEARTBEAT, RETRY_HINT, SSE_HEADERS, sseFrame } from './sse-frame';
import type { StreamedOutput } from './streamed-jobs.port';

/**
 * One client of a channel. It remembers what the client got, and takes from the channel what is newer
 * whenever the client can take something: a slow one gets fewer frames, and nothing waits for it here
 * but what it is being sent.
 */
export class StreamConnection {
  private statusesSent: number;
  private outputsSent = 0;
  private repositionSeen: number;
  private progressSeen = 0;
  private previewSeen = 0;
  private logSeen: number;
  private blockedSince: number | undefined;
  private lastWriteAt: number;

  constructor(
    private readonly response: ServerResponse,
    readonly channel: JobChannel,
    /** What he calls us by; the addresses of outputs begin with it. */
    private readonly baseUrl: string,
    private readonly clock: Clock,
    onClosed: () => void,
  ) {
    this.statusesSent = Math.max(channel.statuses.length - 1, 0);
    this.repositionSeen = channel.repositioned;
    this.logSeen = channel.log.number;
    this.lastWriteAt = clock.now();
    response.on('drain', () => {
      this.blockedSince = undefined;
      this.pump();
    });
    response.on('close', onClosed);
    // Its 'close' comes after that.
    response.on('error', () => response.destroy());
    response.writeHead(200, SSE_HEADERS);
    this.write(RETRY_HINT);
  }

  /** Sends what the client has not got yet, as long as it takes it. */
  pump(): void {
    const { channel } = this;
    while (this.statusesSent < channel.statuses.length && this.isWritable) {
      this.repositionSeen = channel.repositioned;
      this.write(channel.statuses[this.statusesSent]);
      this.statusesSent += 1;
    }
    if (this.repositionSeen !== channel.repositioned && this.isWritable) {
      this.repositionSeen = channel.repositioned;
      this.write(channel.statuses.at(-1));
    }
    if (this.progressSeen !== channel.progress.number && this.isWritable) {
      this.progressSeen = channel.progress.number;
      this.write(channel.progress.frame);
    }
    for (const output of channel.outputs.slice(this.outputsSent)) {
      if (!this.isWritable) break;
      this.write(this.outputFrame(output));
      this.outputsSent += 1;
    }
    if (this.previewSeen !== channel.preview.number && this.isWritable) {
      this.previewSeen = channel.preview.number;
      this.write(channel.preview.frame);
    }
    if (this.logSeen !== channel.log.number && this.isWritable) {
      this.logSeen = channel.log.number;
      this.write(channel.log.frame);
    }
    if (channel.last !== undefined && this.isWritable) this.finish(channel.last);
  }

  /** Nothing was sent to it for so long that it needs to hear that we are here. */
  needsHeartbeat(now: number, afterMs: number): boolean {
    return this.isWritable && now - this.lastWriteAt >= afterMs;
  }

  beat(): void {
    if (this.isWritable) this.write(HEARTBEAT);
  }

  /** For how long it has not taken what it was sent, the end of the stream included. */
  stalledMs(now: number): number {
    return this.blockedSince === undefined ? 0 : now - this.blockedSince;
  }

  /** Ends it now, without its job's ending. */
  end(): void {
    if (this.isWritable) this.finish();
    else this.drop();
  }

  drop(): void {
    this.response.destroy();
  }

  private get isWritable(): boolean {
    return (
      this.blockedSince === undefined && !this.response.writableEnded && !this.response.destroyed
    );
  }

  private outputFrame(output: StreamedOutput): Buffer {
    return sseFrame('output', { ...output, url: this.baseUrl + output.url });
  }

  private finish(frame?: Buffer): void {
    this.blockedSince = this.clock.now();
    this.response.end(frame);
  }

  private write(frame: Buffer | undefined): void {
    if (frame === undefined) return;
    this.lastWriteAt = this.clock.now();
    if (!this.response.write(frame)) this.blockedSince = this.lastWriteAt;
  }
}
