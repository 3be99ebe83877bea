import { once } from 'node:events';
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Duplex } from 'node:stream';

import { EventBus, type JobStatus } from '@gateway/events';
import { silentLog } from '@gateway/kernel';
import { ProgressBoard } from '@gateway/progress';
import { aPrompt, eventually, FakeClock } from '@gateway/testing';

import { SseClient } from '../testing/sse-client';
import { JobEventStreams, type JobEventStreamsOptions } from './job-event-streams';
import type { StreamedJob, StreamedJobs, StreamedOutput } from './streamed-jobs.port';

const graph = aPrompt().sampled({ steps: 10 }).build();
const image = Buffer.from('a picture');
const BASE = 'http://gateway.example';

const anOutput = (id: string): StreamedOutput => ({ id, url: `/assets/${id}` });
const toldAs = (id: string) => ({ id, url: `${BASE}/assets/${id}` });

/** Jobs as a store would tell of them. */
class ToldJobs implements StreamedJobs {
  readonly all = new Map<string, StreamedJob>();
  reads = 0;
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve();

  async read(jobId: string): Promise<StreamedJob | undefined> {
    this.reads += 1;
    const job = this.all.get(jobId);
    await this.gate;
    return job;
  }

  output(jobId: string, assetId: string): Promise<StreamedOutput | undefined> {
    return Promise.resolve(this.all.get(jobId)?.outputs.find(({ id }) => id === assetId));
  }
}

describe('JobEventStreams', () => {
  let clock: FakeClock;
  let bus: EventBus;
  let board: ProgressBoard;
  let jobs: ToldJobs;
  let positions: Map<string, number>;
  let streams: JobEventStreams;
  let server: Server;
  let responses: ServerResponse[];
  let refusals: unknown[];

  beforeEach(() => start());

  afterEach(async () => {
    streams.closeAll();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await eventually(() => streams.open === 0, 'no stream is left');
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
    expect(streams.watchedJobs).toBe(0);
    expect(board.size.watched).toBe(0);
  });

  async function start(options: Partial<JobEventStreamsOptions> = {}): Promise<void> {
    clock = new FakeClock(1_000);
    bus = new EventBus();
    board = new ProgressBoard(bus);
    jobs = new ToldJobs();
    positions = new Map();
    responses = [];
    refusals = [];
    const queue = { position: (jobId: string) => positions.get(jobId) };
    streams = new JobEventStreams({ board, jobs, queue, clock, log: silentLog }, options);
    server = createServer((request, response) => {
      responses.push(response);
      response.setHeader('x-before', 'kept');
      streams
        .serveJobEvents(response, (request.url ?? '').slice(1), BASE)
        .catch((error: unknown) => {
          refusals.push(error);
          response.writeHead(500).end();
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  async function restart(options: Partial<JobEventStreamsOptions>): Promise<void> {
    server.close();
    await start(options);
  }

  function connect(jobId: string): Promise<SseClient> {
    return SseClient.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${jobId}`);
  }

  function put(jobId: string, status: JobStatus, ...outputs: readonly string[]): void {
    jobs.all.set(jobId, { status, outputs: outputs.map(anOutput) });
  }

  function move(jobId: string, to: JobStatus, from: JobStatus = 'running'): void {
    put(jobId, to, ...(jobs.all.get(jobId)?.outputs ?? []).map(({ id }) => id));
    bus.publish('job-transitioned', { jobId, from, to, at: clock.now() });
  }

  function begin(jobId: string): void {
    move(jobId, 'running', 'queued');
    bus.publish('job-attempt-began', { jobId, graph, outputNodes: ['2'] });
    bus.publish('job-progressed', { jobId, fact: { type: 'executing', nodeId: '13' } });
  }

  function step(jobId: string, value: number): void {
    const fact = { type: 'progress', nodeId: '13', value, max: 10 } as const;
    bus.publish('job-progressed', { jobId, fact });
  }

  function preview(jobId: string, picture = image): void {
    const contentType = 'image/jpeg';
    bus.publish('job-previewed', { jobId, nodeId: '13', contentType, image: picture });
  }

  function keep(jobId: string, assetId: string): void {
    const job = jobs.all.get(jobId)!;
    jobs.all.set(jobId, { ...job, outputs: [...job.outputs, anOutput(assetId)] });
    bus.publish('job-output-kept', { jobId, assetId });
  }

  describe('on connect', () => {
    it('answers as an event stream that nobody holds back', async () => {
      put('a', 'queued');
      const client = await connect('a');
      expect(client.response.headers).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        'x-before': 'kept',
      });
      await client.until(1, 'status');
      expect(client.raw).toMatch(/^retry: 3000\n\n/);
    });

    it('tells a waiting job’s place', async () => {
      put('a', 'queued');
      positions.set('a', 7);
      const client = await connect('a');
      expect(await client.until(1, 'status')).toEqual([{ status: 'queued', queue_position: 7 }]);
    });

    it('tells status, progress and outputs so far, and the newest preview', async () => {
      put('a', 'running', 'asset-1', 'asset-2');
      begin('a');
      step('a', 4);
      preview('a', Buffer.from('an older one'));
      preview('a');
      const client = await connect('a');
      await client.until(1, 'preview');
      expect(client.names).toEqual(['status', 'progress', 'output', 'output', 'preview']);
      expect(client.of('status')).toEqual([{ status: 'running', queue_position: null }]);
      expect(client.of('progress')).toMatchObject([{ step: 4, steps: 10, current_node: '13' }]);
      expect(client.of('output')).toEqual([toldAs('asset-1'), toldAs('asset-2')]);
      expect(client.of('preview')).toEqual([
        { node_id: '13', content_type: 'image/jpeg', data_base64: image.toString('base64') },
      ]);
    });

    it('tells of an ended job’s outputs and its status, and ends', async () => {
      put('a', 'succeeded', 'asset-1');
      const client = await connect('a');
      await client.untilEnded();
      expect(client.names).toEqual(['output', 'status']);
      expect(client.of('status')).toEqual([{ status: 'succeeded', queue_position: null }]);
    });

    it('refuses a job that is not there, before a word was written', async () => {
      expect((await connect('nobody')).response.statusCode).toBe(500);
      expect(refusals).toMatchObject([{ code: 'job.not_found' }]);
    });

    it('loses nothing that happens while the job is read', async () => {
      put('a', 'queued');
      let open = (): void => undefined;
      jobs.gate = new Promise((resolve) => (open = resolve));
      const connecting = connect('a');
      await eventually(() => jobs.reads === 1, 'it is being read');
      move('a', 'running', 'queued');
      keep('a', 'asset-1');
      open();
      const client = await connecting;
      await client.until(1, 'output');
      expect(client.of('status')).toEqual([{ status: 'running', queue_position: null }]);
    });

    it('reads a job once for all its watchers', async () => {
      put('a', 'running');
      const clients = await Promise.all(Array.from({ length: 10 }, () => connect('a')));
      for (const client of clients) await client.until(1, 'status');
      expect(jobs.reads).toBe(1);
    });
  });

  describe('while it is open', () => {
    it('tells every move of the job and ends after the last', async () => {
      put('a', 'queued');
      const client = await connect('a');
      await client.until(1, 'status');
      begin('a');
      move('a', 'canceling');
      move('a', 'canceled', 'canceling');
      await client.untilEnded();
      expect(client.of('status').map(({ status }) => status)).toEqual([
        'queued',
        'running',
        'canceling',
        'canceled',
      ]);
      expect(client.names.at(-1)).toBe('status');
    });

    it('tells of progress twice a second at most, and always of the last', async () => {
      put('a', 'running');
      begin('a');
      const client = await connect('a');
      await client.until(1, 'progress');
      for (let value = 1; value <= 10; value += 1) {
        await clock.advance(100);
        step('a', value);
      }
      await clock.advance(1_000);
      const told = await client.until(3, 'progress');
      expect(told).toHaveLength(4);
      expect(told.at(-1)).toMatchObject({ step: 10 });
    });

    it('tells the last progress and every output before the end', async () => {
      put('a', 'running');
      begin('a');
      const client = await connect('a');
      await client.until(1, 'progress');
      step('a', 10);
      keep('a', 'asset-1');
      const told = jobs.all.get('a')!.outputs;
      jobs.all.set('a', { status: 'running', outputs: [...told, anOutput('never announced')] });
      move('a', 'succeeded');
      await client.untilEnded();
      expect(client.of('progress').at(-1)).toMatchObject({ value: 1, nodes_done: 6 });
      expect(client.of('output')).toMatchObject([{ id: 'asset-1' }, { id: 'never announced' }]);
      expect(client.events.at(-1)).toMatchObject({ data: { status: 'succeeded' } });
    });

    it('sends the newest preview only, and less often where it costs more', async () => {
      await restart({ pace: { progressMs: 500, previewMs: 1_000, previewBytesPerS: 1_000 } });
      put('a', 'running');
      begin('a');
      const client = await connect('a');
      await client.until(1, 'status');
      preview('a', Buffer.alloc(3_000, 'first'));
      await client.until(1, 'preview');
      preview('a', Buffer.alloc(30, 'passed over'));
      await clock.advance(3_000);
      preview('a', Buffer.alloc(30, 'newest'));
      await clock.advance(2_000);
      const told = await client.until(2, 'preview');
      expect(told).toHaveLength(2);
      const data = String(told[1]?.['data_base64']);
      expect(Buffer.from(data, 'base64').toString()).toContain('newest');
    });

    it('tells of a new place once a second, however fast the queue moves', async () => {
      put('a', 'queued');
      put('b', 'queued');
      positions.set('a', 40).set('b', 41);
      const a = await connect('a');
      const b = await connect('b');
      await b.until(1, 'status');
      await clock.advance(1_000);
      for (let place = 39; place >= 20; place -= 1) {
        positions.set('a', place);
        await clock.advance(50);
      }
      await clock.advance(250);
      await a.until(3, 'status');
      expect(a.of('status').map(({ queue_position }) => queue_position)).toEqual([40, 35, 20]);
      expect(b.of('status').map(({ queue_position }) => queue_position)).toEqual([41]);
    });

    it('tells of a lost attempt, and forgets how far it was', async () => {
      put('a', 'running');
      begin('a');
      step('a', 9);
      const client = await connect('a');
      await client.until(1, 'progress');
      move('a', 'queued');
      await client.until(1, 'log');
      expect(client.of('log')).toMatchObject([{ level: 'warning' }]);
      expect(client.of('status').at(-1)).toMatchObject({ status: 'queued' });
      const late = await connect('a');
      await late.until(1, 'status');
      expect(late.names).toEqual(['status']);
    });

    it('says that it is still there after 15 s of nothing', async () => {
      put('a', 'queued');
      const client = await connect('a');
      await client.until(1, 'status');
      await clock.advance(14_000);
      expect(client.raw).not.toContain(': still here');
      await clock.advance(2_000);
      await eventually(() => client.raw.includes('\n\n: still here\n\n'), 'a heartbeat', 5_000);
    });

    it('serves hundreds of watchers from the same frames, each with all of it', async () => {
      put('a', 'running');
      begin('a');
      const clients = await Promise.all(Array.from({ length: 600 }, () => connect('a')));
      for (const client of clients) await client.until(1, 'progress');
      await clock.advance(500);
      step('a', 5);
      move('a', 'succeeded');
      for (const client of clients) await client.untilEnded();
      expect(new Set(clients.map(({ raw }) => raw)).size).toBeLessThanOrEqual(2);
      expect(clients.every((client) => client.of('status').length === 2)).toBe(true);
    });

    it('does not make whoever told the news wait', async () => {
      put('a', 'running');
      begin('a');
      const client = await connect('a');
      await client.until(1, 'status');
      await clock.advance(1_000);
      const written = responses[0]!.socket!.bytesWritten;
      step('a', 5);
      preview('a');
      move('a', 'canceling');
      expect(responses[0]!.socket!.bytesWritten).toBe(written);
      await client.until(1, 'preview');
    });
  });

  describe('with a client that stops reading', () => {
    const large = Buffer.alloc(4 * 2 ** 20, 'x');

    async function stopReading(): Promise<SseClient> {
      await restart({
        pace: { progressMs: 500, previewMs: 500, previewBytesPerS: Number.MAX_SAFE_INTEGER },
      });
      put('a', 'running');
      begin('a');
      const client = await connect('a');
      await client.until(1, 'status');
      client.response.pause();
      return client;
    }

    /** More than the kernel's buffers take. */
    async function flood(previews: number): Promise<void> {
      for (let count = 0; count < previews; count += 1) {
        preview('a', large);
        step('a', count % 10);
        await clock.advance(500);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }

    it('holds no more for it than what it is being sent', async () => {
      await stopReading();
      await flood(20);
      // One picture is 5.3 MB as base64.
      expect(responses[0]!.writableLength).toBeLessThan(3 * large.length);
    });

    it('goes on with the newest when it reads again, and with all it must know', async () => {
      const client = await stopReading();
      await flood(20);
      keep('a', 'asset-1');
      step('a', 7);
      await clock.advance(500);
      client.response.resume();
      await client.until(1, 'output');
      expect(client.of('progress').at(-1)).toMatchObject({ step: 7 });
      expect(client.of('preview').length).toBeLessThan(20);
      move('a', 'succeeded');
      await client.untilEnded();
      expect(client.events.at(-1)).toMatchObject({ data: { status: 'succeeded' } });
    });

    it('keeps the others up to date, and drops it after a while', async () => {
      const slow = await stopReading();
      await flood(10);
      const quick = await connect('a');
      await quick.until(1, 'status');
      await clock.advance(500);
      step('a', 9);
      await clock.advance(500);
      await eventually(() => quick.of('progress').at(-1)?.['step'] === 9, 'it is told', 5_000);
      await clock.advance(31_000);
      await eventually(() => streams.open === 1, 'the slow one is gone', 5_000);
      slow.response.resume();
      await eventually(() => slow.broken, 'it was cut off', 5_000);
      expect(quick.ended).toBe(false);
    });
  });

  it('drops a client that does not take the end', async () => {
    // It takes a little, and passes nothing on.
    const stuck = new Duplex({
      writableHighWaterMark: 2 ** 20,
      read: () => undefined,
      write: () => undefined,
    });
    const response = new ServerResponse(new IncomingMessage(stuck as Socket));
    response.assignSocket(stuck as Socket);
    put('a', 'succeeded');
    await streams.serveJobEvents(response, 'a', BASE);
    expect(response.writableEnded).toBe(true);
    await clock.advance(29_000);
    expect(streams.open).toBe(1);
    await clock.advance(3_000);
    await eventually(() => streams.open === 0, 'it was dropped', 5_000);
  });

  describe('its limits', () => {
    it('refuses more streams than it may hold, until one is gone', async () => {
      await restart({ maxStreams: 2 });
      put('a', 'running');
      put('b', 'running');
      const first = await connect('a');
      await connect('b');
      expect((await connect('a')).response.statusCode).toBe(500);
      expect(refusals).toMatchObject([{ code: 'streams.too_many', limit: 2 }]);
      first.leave();
      await eventually(() => streams.open === 1, 'one is gone');
      expect((await connect('a')).response.statusCode).toBe(200);
    });

    it('counts streams that are being opened', async () => {
      await restart({ maxStreams: 1 });
      put('a', 'running');
      let open = (): void => undefined;
      jobs.gate = new Promise((resolve) => (open = resolve));
      const first = connect('a');
      await eventually(() => streams.open === 1, 'it is being opened');
      expect((await connect('a')).response.statusCode).toBe(500);
      open();
      expect((await first).response.statusCode).toBe(200);
    });

    it('holds nothing for a client that left while its job was read', async () => {
      put('a', 'running');
      let open = (): void => undefined;
      jobs.gate = new Promise((resolve) => (open = resolve));
      const connecting = connect('a').catch(() => undefined);
      await eventually(() => jobs.reads === 1, 'it is being read');
      server.closeAllConnections();
      await connecting;
      await eventually(() => responses[0]!.destroyed, 'it left');
      open();
      await eventually(() => streams.open === 0, 'nothing is held');
      expect(board.size.watched).toBe(0);
    });

    it('stops watching a job when its last client leaves', async () => {
      put('a', 'running');
      const first = await connect('a');
      const second = await connect('a');
      first.leave();
      await eventually(() => streams.open === 1, 'one left');
      expect(board.size.watched).toBe(1);
      second.leave();
      await eventually(() => board.size.watched === 0, 'nobody watches');
      expect(streams.watchedJobs).toBe(0);
    });

    it('ends all streams when the gateway goes, and opens no more', async () => {
      put('a', 'running');
      put('b', 'queued');
      const clients = [await connect('a'), await connect('b')];
      streams.closeAll();
      for (const client of clients) await client.untilEnded();
      expect((await connect('a')).response.statusCode).toBe(500);
      expect(refusals).toMatchObject([{ code: 'queue.closed' }]);
    });
  });

  it('shares one alarm between all streams, and has none without', async () => {
    for (let count = 0; count < 20; count += 1) {
      put(`job-${count}`, 'queued');
      await connect(`job-${count}`);
    }
    expect(clock.pending).toBe(1);
  });
});
