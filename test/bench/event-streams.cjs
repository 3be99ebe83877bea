/**
 * Measures event streams over real sockets of this machine: memory for each watcher, CPU, and how long
 * the event loop was held up. After `npm run build`:
 *
 *   node --expose-gc test/bench/event-streams.cjs [watchers of one running job] [of queued ones]
 */
const { fork } = require('node:child_process');
const { createServer } = require('node:http');
const { connect } = require('node:net');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setTimeout: pause } = require('node:timers/promises');

const WATCHERS = Number(process.argv[2] ?? 2_000);
const QUEUED_WATCHERS = Number(process.argv[3] ?? 1_000);
const QUEUED_JOBS = 10_000;
const PHASE_MS = 15_000;
const PREVIEW_BYTES = 30_000;

if (process.env.CLIENTS_PORT === undefined) void serve();
else void watch(Number(process.env.CLIENTS_PORT));

async function serve() {
  const { EventBus } = require('../../dist/libs/events/src');
  const { JobEventStreams } = require('../../dist/libs/comfy-api-v2/src');
  const { MemoryJobQueue } = require('../../dist/libs/jobs/src/adapters/memory.job-queue');
  const { ProgressBoard } = require('../../dist/libs/progress/src');
  const { silentLog, systemClock } = require('../../dist/libs/kernel/src');

  const bus = new EventBus();
  const board = new ProgressBoard(bus);
  const queue = new MemoryJobQueue();
  for (let n = 0; n < QUEUED_JOBS; n += 1) await queue.enqueue(`queued-${n}`);
  const jobs = {
    read: async (id) => ({ status: id === 'running' ? 'running' : 'queued', outputs: [] }),
    output: async () => undefined,
  };
  const streams = new JobEventStreams({ board, jobs, queue, clock: systemClock, log: silentLog });
  const server = createServer((request, response) => {
    streams.serveJobEvents(response, request.url.slice(1), 'http://127.0.0.1').catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', 4096, done));

  const graph = {
    1: { class_type: 'KSampler', inputs: { steps: 1000 } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0] } },
  };
  bus.publish('job-transitioned', { jobId: 'running', from: 'queued', to: 'running', at: 1 });
  bus.publish('job-attempt-began', { jobId: 'running', graph, outputNodes: ['2'] });

  const before = await memory();
  const env = { ...process.env, CLIENTS_PORT: String(server.address().port) };
  const clients = fork(__filename, [String(WATCHERS), String(QUEUED_WATCHERS)], { env });
  await once(clients, 'connected');
  const total = WATCHERS + QUEUED_WATCHERS;
  console.log(`${streams.open} streams: ${WATCHERS} of one running job, the others of a job each`);
  await pause(2_000);
  const after = await memory();
  console.log(`heap per watcher    ${kb((after.heapUsed - before.heapUsed) / total)}`);
  console.log(`rss per watcher     ${kb((after.rss - before.rss) / total)}`);

  await phase('nothing happens', clients, () => undefined);
  await phase('10 steps a second', clients, step);
  await phase('and 5 jobs a second leave the queue', clients, (turn) => {
    step(turn);
    if (turn % 2 === 0) void queue.claim(new AbortController().signal);
  });
  const image = Buffer.alloc(PREVIEW_BYTES, 'x');
  await phase(`and 5 previews of ${PREVIEW_BYTES / 1000} kB a second`, clients, (turn) => {
    step(turn);
    if (turn % 2 > 0) return void queue.claim(new AbortController().signal);
    const preview = { jobId: 'running', nodeId: '1', contentType: 'image/jpeg', image };
    bus.publish('job-previewed', preview);
  });

  const ended = monitorEventLoopDelay({ resolution: 1 });
  ended.enable();
  bus.publish('job-transitioned', { jobId: 'running', from: 'running', to: 'succeeded', at: 1 });
  while (streams.open > QUEUED_WATCHERS) await pause(5);
  console.log(`the end of the running job: loop held up ${ms(ended.max)} at most`);
  streams.closeAll();
  while (streams.open > 0) await pause(5);
  clients.kill();
  await new Promise((done) => server.close(done));
  const gone = await memory();
  const { watched } = board.size;
  console.log(
    `heap left over      ${kb(gone.heapUsed - before.heapUsed)}, ${watched} jobs watched`,
  );

  function step(turn) {
    const fact = { type: 'progress', nodeId: '1', value: turn % 1000, max: 1000 };
    bus.publish('job-progressed', { jobId: 'running', fact });
  }
}

/** One phase of 10 turns a second. */
async function phase(name, clients, turn) {
  clients.send('count');
  await once(clients, 'count');
  const cpu = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = performance.now();
  let toldMs = 0;
  for (let count = 0; performance.now() - from < PHASE_MS; count += 1) {
    const at = performance.now();
    turn(count);
    toldMs = Math.max(toldMs, performance.now() - at);
    await pause(100);
  }
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  clients.send('count');
  const bytes = await once(clients, 'count');
  const cpuShare = (user + system) / 1e4 / seconds;
  console.log(
    `${name.padEnd(38)} CPU ${cpuShare.toFixed(1).padStart(5)} %, ` +
      `loop p99 ${ms(delay.percentile(99))}, max ${ms(delay.max)}, ` +
      `publishing at most ${toldMs.toFixed(2)} ms, ${(bytes / 2 ** 20 / seconds).toFixed(1)} MB/s`,
  );
}

function once(clients, type) {
  return new Promise((resolve) => {
    clients.on('message', function hear(message) {
      if (message.type !== type) return;
      clients.off('message', hear);
      resolve(message.bytes);
    });
  });
}

async function memory() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await pause(200);
  }
  return process.memoryUsage();
}

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
const ms = (nanoseconds) => `${(nanoseconds / 1e6).toFixed(0)} ms`;

/** The other process: sockets that read. */
async function watch(port) {
  let bytes = 0;
  const paths = [
    ...Array.from({ length: WATCHERS }, () => 'running'),
    ...Array.from({ length: QUEUED_WATCHERS }, (_, n) => `queued-${n * 7 + 2_000}`),
  ];
  for (const path of paths) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((answered) => {
      socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      socket.once('data', answered);
      socket.on('data', (chunk) => (bytes += chunk.length));
    });
  }
  process.on('message', () => {
    process.send({ type: 'count', bytes });
    bytes = 0;
  });
  process.send({ type: 'connected' });
}
