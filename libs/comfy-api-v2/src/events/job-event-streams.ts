import type { ServerResponse } from 'node:http';

import {
  isTerminalStatus,
  JobNotFoundError,
  NotAcceptingError,
  type JobService,
} from '@gateway/jobs';
import type { JobStatus } from '@gateway/events';
import type { Clock, Log } from '@gateway/kernel';
import type { JobNews, ProgressBoard } from '@gateway/progress';

import { JobChannel, type ChannelPace } from './job-channel';
import { StreamConnection } from './stream-connection';
import type { StreamedJobs } from './streamed-jobs.port';
import { TooManyStreamsError } from './streams.errors';

export interface JobEventStreamsDependencies {
  readonly board: Pick<ProgressBoard, 'watch' | 'current' | 'preview'>;
  readonly jobs: StreamedJobs;
  readonly queue: Pick<JobService, 'position'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Durations are milliseconds. */
export interface JobEventStreamsOptions {
  /** Open at once in this process. */
  readonly maxStreams: number;
  readonly heartbeatMs: number;
  /** A client that takes nothing for this long is dropped. */
  readonly stallLimitMs: number;
  readonly positionMs: number;
  readonly pace: ChannelPace;
}

const DEFAULTS: JobEventStreamsOptions = {
  maxStreams: 5_000,
  heartbeatMs: 15_000,
  stallLimitMs: 30_000,
  positionMs: 1_000,
  pace: { progressMs: 500, previewMs: 1_000, previewBytesPerS: 32 * 2 ** 20 },
};

/**
 * The event streams of this process. All share one tick, and all streams of one job share its frames.
 * News of a job only mark what changed; frames are made and written in turns of their own, a few
 * hundred clients at a time, so that whoever told the news (the reader of the engine's socket) goes
 * on at once.
 */
export class JobEventStreams {
  private readonly options: JobEventStreamsOptions;
  private readonly rooms = new Map<string, Room>();
  private readonly connections = new Set<StreamConnection>();
  private readonly changed = new Set<Room>();
  /** Who has something to get. */
  private readonly ready = new Set<StreamConnection>();
  private readonly toBeat = new Set<StreamConnection>();
  private turnIsDue = false;
  private cancelTick: (() => void) | undefined;
  private nextRoundAt = 0;
  private opening = 0;
  private isClosed = false;

  constructor(
    private readonly dependencies: JobEventStreamsDependencies,
    options: Partial<JobEventStreamsOptions> = {},
  ) {
    this.options = { ...DEFAULTS, ...options };
  }

  /** Streams that are open, or being opened. */
  get open(): number {
    return this.connections.size + this.opening;
  }

  /** Jobs that are watched; for leak tests. */
  get watchedJobs(): number {
    return this.rooms.size;
  }

  /**
   * Answers with the job's events until it ends or the client leaves. Settles as soon as the stream is
   * open; a refusal comes before anything was written. Headers that are set on the response are kept.
   *
   * @param baseUrl what the client calls us by; the addresses of outputs begin with it.
   * @throws TooManyStreamsError (`streams.too_many`), JobNotFoundError (`job.not_found`),
   *   NotAcceptingError (`queue.closed`) once {@link closeAll} was called.
   */
  async serveJobEvents(response: ServerResponse, jobId: string, baseUrl: string): Promise<void> {
    this.ensureOpen();
    if (this.open >= this.options.maxStreams)
      throw new TooManyStreamsError(this.options.maxStreams);
    this.opening += 1;
    const room = this.enter(jobId);
    try {
      await room.opened;
      this.ensureOpen();
      this.connect(response, room, baseUrl);
    } finally {
      this.opening -= 1;
      this.leave(room);
    }
  }

  /** Ends every stream, and opens no more. */
  closeAll(): void {
    this.isClosed = true;
    for (const connection of this.connections) connection.end();
  }

  private ensureOpen(): void {
    if (this.isClosed) throw new NotAcceptingError('The gateway is shutting down');
  }

  private connect(response: ServerResponse, room: Room, baseUrl: string): void {
    if (response.destroyed) return;
    const { clock } = this.dependencies;
    room.guests += 1;
    const connection = new StreamConnection(response, room.channel, baseUrl, clock, () => {
      this.connections.delete(connection);
      room.connections.delete(connection);
      this.ready.delete(connection);
      this.toBeat.delete(connection);
      this.leave(room);
    });
    this.connections.add(connection);
    room.connections.add(connection);
    connection.pump();
    this.tickOn();
  }

  /** The job's channel, open as long as anybody is in. */
  private enter(jobId: string): Room {
    const room = this.rooms.get(jobId) ?? this.openRoom(jobId);
    room.guests += 1;
    return room;
  }

  private leave(room: Room): void {
    room.guests -= 1;
    if (room.guests === 0) this.closeRoom(room);
  }

  private openRoom(jobId: string): Room {
    const channel = new JobChannel(this.options.pace);
    const room: Room = {
      jobId,
      channel,
      connections: new Set(),
      guests: 0,
      unwatch: () => undefined,
      opened: Promise.resolve(),
    };
    this.rooms.set(jobId, room);
    // Watched before it is read: nothing falls between the two.
    room.unwatch = this.dependencies.board.watch(jobId, (news) => this.take(room, news));
    room.opened = this.readInto(room);
    return room;
  }

  private closeRoom(room: Room): void {
    room.unwatch();
    this.changed.delete(room);
    if (this.rooms.get(room.jobId) === room) this.rooms.delete(room.jobId);
  }

  private async readInto({ jobId, channel }: Room): Promise<void> {
    const { jobs, board, queue, clock } = this.dependencies;
    const job = await jobs.read(jobId);
    if (!job) throw new JobNotFoundError(jobId);
    for (const output of job.outputs) channel.addOutput(output);
    // What was heard meanwhile is newer than what was read.
    if (!channel.knowsStatus) channel.moveTo(job.status, queue.position(jobId));
    const progress = board.current(jobId);
    const preview = board.preview(jobId);
    if (progress) channel.note({ type: 'progress', progress });
    if (preview) channel.note({ type: 'preview', preview });
    channel.ripen(clock.now(), 1);
  }

  private take(room: Room, news: JobNews): void {
    switch (news.type) {
      case 'progress':
      case 'preview':
        room.channel.note(news);
        break;
      case 'output':
        void this.addOutput(room, news.assetId);
        return;
      case 'status':
        if (isTerminalStatus(news.status)) return void this.finish(room, news.status);
        room.channel.moveTo(news.status, this.dependencies.queue.position(room.jobId));
        if (news.status === 'queued' && news.from !== undefined) room.channel.warn(ATTEMPT_LOST);
        this.markReady(room);
        break;
    }
    this.changed.add(room);
    this.requestTurn();
  }

  private async addOutput(room: Room, assetId: string): Promise<void> {
    const { jobs, log } = this.dependencies;
    try {
      const output = await jobs.output(room.jobId, assetId);
      if (output) room.channel.addOutput(output);
      this.markReady(room);
    } catch (error) {
      log.warn({ err: error, jobId: room.jobId, assetId }, 'an output could not be announced');
    }
  }

  /** The terminal status comes after the outputs, told of or not. */
  private async finish(room: Room, status: JobStatus): Promise<void> {
    const { jobs, log } = this.dependencies;
    room.unwatch();
    try {
      const job = await jobs.read(room.jobId);
      for (const output of job?.outputs ?? []) room.channel.addOutput(output);
    } catch (error) {
      log.warn({ err: error, jobId: room.jobId }, 'the outputs of an ended job could not be read');
    }
    room.channel.moveTo(status);
    if (this.rooms.get(room.jobId) === room) this.rooms.delete(room.jobId);
    this.markReady(room);
  }

  private markReady(room: Room): void {
    for (const connection of room.connections) this.ready.add(connection);
    this.requestTurn();
  }

  private requestTurn(): void {
    if (this.turnIsDue) return;
    this.turnIsDue = true;
    setImmediate(() => {
      this.turnIsDue = false;
      this.turn();
    });
  }

  private turn(): void {
    this.ripen();
    serveSome(this.ready, (connection) => connection.pump());
    serveSome(this.toBeat, (connection) => connection.beat());
    if (this.ready.size + this.toBeat.size > 0) this.requestTurn();
  }

  private ripen(): void {
    const now = this.dependencies.clock.now();
    for (const room of this.changed) {
      const { channel, connections } = room;
      if (channel.ripen(now, connections.size)) {
        for (const connection of connections) this.ready.add(connection);
      }
      if (!channel.isDirty) this.changed.delete(room);
    }
  }

  private tickOn(): void {
    this.cancelTick ??= this.dependencies.clock.schedule(TICK_MS, () => {
      this.cancelTick = undefined;
      if (this.connections.size === 0) return;
      const now = this.dependencies.clock.now();
      if (now >= this.nextRoundAt) this.goRound(now);
      this.requestTurn();
      this.tickOn();
    });
  }

  /** Places in the queue, heartbeats, and clients that stopped reading. */
  private goRound(now: number): void {
    this.nextRoundAt = now + this.options.positionMs;
    for (const room of this.rooms.values()) {
      if (!room.channel.isWaiting) continue;
      const position = this.dependencies.queue.position(room.jobId);
      if (room.channel.repositionTo(position)) this.markReady(room);
    }
    const { heartbeatMs, stallLimitMs } = this.options;
    for (const connection of this.connections) {
      if (connection.stalledMs(now) >= stallLimitMs) connection.drop();
      else if (connection.needsHeartbeat(now, heartbeatMs)) this.toBeat.add(connection);
    }
  }
}

/** A channel, who listens to it, and how many keep it open. */
interface Room {
  readonly jobId: string;
  readonly channel: JobChannel;
  readonly connections: Set<StreamConnection>;
  guests: number;
  unwatch: () => void;
  /** Settles when the job was read. */
  opened: Promise<void>;
}

const TICK_MS = 250;
const CLIENTS_PER_TURN = 256;
const ATTEMPT_LOST = 'The engine lost this job before it began; it waits for another attempt';

/** Serves some of those that wait, and leaves the others for later. */
function serveSome<Waiting>(waiting: Set<Waiting>, serve: (one: Waiting) => void): void {
  let served = 0;
  for (const one of waiting) {
    if (served === CLIENTS_PER_TURN) return;
    waiting.delete(one);
    serve(one);
    served += 1;
  }
}
