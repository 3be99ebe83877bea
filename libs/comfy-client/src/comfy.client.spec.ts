import { randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';

import type { JsonObject, OutputItem, PromptGraph } from '@gateway/comfy-protocol';
import { silentLog, systemClock } from '@gateway/kernel';

import { ComfyHttpError, ComfyUnreachableError, PromptTooLargeError } from './comfy-client.errors';
import type { ComfyClientOptions, EnginePreview } from './comfy-client.options';
import { ComfyClient } from './comfy.client';
import type { AcceptedPrompt, PromptEnding, RunOptions, RunProgress } from './run/prompt-ending';
import { FakeComfyUi } from './testing/fake-comfyui';

const GRAPH: PromptGraph = {
  source: { class_type: 'EmptyImage', inputs: { width: 8 } },
  save: { class_type: 'SaveImage', inputs: { images: ['source', 0] } },
};

describe('ComfyClient', () => {
  let engine: FakeComfyUi;
  let client: ComfyClient;

  beforeEach(async () => {
    engine = await FakeComfyUi.start();
    client = aClient();
  });

  afterEach(async () => {
    await client.stop();
    await engine.stop();
    expect(client.activeRuns).toBe(0);
  });

  function aClient(options: Partial<ComfyClientOptions> = {}): ComfyClient {
    return new ComfyClient({
      engineId: 'local',
      baseUrl: engine.url,
      clock: systemClock,
      log: silentLog,
      reconnect: { firstDelayMs: 20, maxDelayMs: 100, factor: 2, jitter: 0 },
      reconcile: {
        interval: { firstDelayMs: 5, maxDelayMs: 20, factor: 2, jitter: 0 },
        goneAfterMs: 60,
      },
      ...options,
    });
  }

  async function restartClient(options: Partial<ComfyClientOptions>): Promise<void> {
    await client.stop();
    client = aClient(options);
  }

  async function connect(): Promise<void> {
    client.start();
    await until(() => client.socketState === 'open' && client.version() !== undefined);
  }

  /** Submits a prompt and waits until the engine has it. */
  async function submit(options: RunOptions = {}): Promise<Submitted> {
    const promptId = randomUUID();
    const accepted = new Promise<string>((resolve) => {
      const onAccepted = (answer: AcceptedPrompt): void => {
        options.onAccepted?.(answer);
        resolve(answer.promptId);
      };
      ending = client.run({ promptId, prompt: GRAPH }, { ...options, onAccepted });
    });
    return { promptId: await accepted, ending: ending! };
  }
  let ending: Promise<PromptEnding> | undefined;

  describe('a run that is followed by events', () => {
    it('ends with the outputs that the events told, asking for no history', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.complete(promptId, 'a.png');
      expect(filenames(await ending)).toEqual(['a.png']);
      expect(engine.requests.filter(({ route }) => route.startsWith('GET /history'))).toEqual([]);
    });

    it('tells what happens, in order', async () => {
      await connect();
      const heard: unknown[] = [];
      const { promptId, ending } = await submit({
        onAccepted: ({ number }) => heard.push(`accepted ${String(number)}`),
        onStarted: () => heard.push('started'),
        onProgress: (event) => heard.push(compact(event)),
      });
      engine.begin(promptId);
      engine.send(promptId, 'executing', { node: '1.0.0.3', display_node: 'source' });
      engine.send(promptId, 'progress', { value: 1, max: 4, node: 'source' });
      engine.put(promptId, 'save', { text: ['hello'] });
      engine.end(promptId, 'execution_success');
      await ending;
      expect(heard).toEqual([
        'accepted 1',
        'started',
        'cached ',
        'executing source',
        'progress source 1/4',
        'executing save',
        'executed save hello',
      ]);
    });

    it('gives the timing by the stamps of the engine', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      engine.send(promptId, 'executing', { node: 'save' });
      engine.end(promptId, 'execution_success', {});
      const result = await ending;
      const messages = engine.history.get(promptId)!['status'] as JsonObject;
      const stamps = (messages['messages'] as [string, { timestamp: number }][]).map(
        ([, { timestamp }]) => timestamp,
      );
      expect(result).toMatchObject({
        timing: {
          startedAt: stamps[0],
          endedAt: stamps.at(-1),
          nodes: { save: { start: expect.any(Number) as number } },
        },
      });
    });

    it('keeps the outputs of twin nodes apart and in graph order', async () => {
      await connect();
      const { promptId, ending } = await submit();
      const ui = { images: [{ filename: 'same.png', subfolder: '', type: 'output' }] };
      engine.begin(promptId);
      engine.put(promptId, 'save', ui);
      engine.put(promptId, 'source', ui);
      engine.end(promptId, 'execution_success');
      expect(outputsOf(await ending).map(({ nodeId }) => nodeId)).toEqual(['source', 'save']);
    });

    it('fails with the error of the engine', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      engine.end(promptId, 'execution_error', anError('RuntimeError'));
      expect(await ending).toMatchObject({
        outcome: 'failed',
        error: { node_id: 'save', exception_type: 'RuntimeError' },
      });
    });

    it('goes on after an execution_error that only says a branch was blocked', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      engine.send(promptId, 'execution_error', anError('ExecutionBlocked'));
      engine.put(promptId, 'save', { text: ['still here'] });
      engine.end(promptId, 'execution_success');
      expect(await ending).toMatchObject({ outcome: 'succeeded' });
    });

    it('reads NaN, passes over unknown types and over frames that are not JSON', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.sendRaw(promptId, 'not json');
      engine.sendRaw(promptId, '{"type":"crystools.monitor","data":{"cpu":NaN}}');
      engine.begin(promptId);
      const data = `"prompt_id":"${promptId}","node_id":"save","node_type":"SaveImage","executed":[]`;
      const facts = `"exception_message":"no","exception_type":"E","traceback":[],"current_inputs":{"x":[NaN]}`;
      engine.sendRaw(promptId, `{"type":"execution_error","data":{${data},${facts}}}`);
      expect(await ending).toMatchObject({
        outcome: 'failed',
        error: { current_inputs: { x: [null] } },
      });
    });

    it('survives a callback that throws', async () => {
      await connect();
      const { promptId, ending } = await submit({
        onStarted: () => {
          throw new Error('a bug of the caller');
        },
      });
      engine.complete(promptId);
      expect(await ending).toMatchObject({ outcome: 'succeeded' });
    });

    it('attributes previews of either kind', async () => {
      const previews: EnginePreview[] = [];
      await restartClient({ onPreview: (preview) => previews.push(preview) });
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      engine.send(promptId, 'executing', { node: 'source' });
      engine.sendRaw(promptId, Buffer.from('000000010000000289504e47', 'hex'));
      engine.end(promptId, 'execution_success');
      await ending;
      expect(previews).toMatchObject([{ promptId, nodeId: 'source', contentType: 'image/png' }]);
    });
  });

  describe('submitting', () => {
    it('greets with its feature flags and sends no Origin', async () => {
      await connect();
      await until(() => engine.handshakes.length > 0);
      expect(engine.handshakes).toEqual([
        { type: 'feature_flags', data: { supports_preview_metadata: true } },
      ]);
      expect(engine.requests.every(({ origin }) => origin === undefined)).toBe(true);
    });

    it('hears events that overtake the answer', async () => {
      await connect();
      engine.runsAtOnce = true;
      const heard: string[] = [];
      const { ending } = await submit({
        onAccepted: () => heard.push('accepted'),
        onStarted: () => heard.push('started'),
      });
      expect(await ending).toMatchObject({ outcome: 'succeeded' });
      expect(heard).toEqual(['accepted', 'started']);
      expect(engine.requests.filter(({ route }) => route.startsWith('GET /history'))).toEqual([]);
    });

    it('adopts the id that an old engine mints, with the events that overtook the answer', async () => {
      engine.version = '0.3.40';
      engine.mintsIds = true;
      engine.runsAtOnce = true;
      await connect();
      const { promptId, ending } = await submit();
      expect(filenames(await ending)).toEqual([`${promptId}.png`]);
    });

    it('keeps a 64-bit seed exact', async () => {
      await connect();
      const seed = 18446744073709551615n;
      const prompt = { sampler: { class_type: 'KSampler', inputs: { seed, strength: 0.5 } } };
      const run = client.run({ promptId: randomUUID(), prompt }, {});
      await until(() => engine.pending.length === 1);
      const { request, id } = engine.pending[0]!;
      expect(request.prompt['sampler']?.inputs['seed']).toBe(seed);
      engine.complete(id);
      await run;
    });

    it('passes on targets and extra data', async () => {
      await connect();
      const extraData = { extra_pnginfo: { workflow: 1 } };
      const run = client.run(
        { promptId: randomUUID(), prompt: GRAPH, extraData, targets: ['save'] },
        {},
      );
      await until(() => engine.pending.length === 1);
      expect(engine.sentTo('POST /prompt')[0]).toMatchObject({
        extra_data: extraData,
        partial_execution_targets: ['save'],
      });
      engine.complete(engine.pending[0]!.id);
      await run;
    });

    it('ends as refused with the node errors of a 400', async () => {
      await connect();
      const error = { type: 'prompt_no_outputs', message: 'm', details: '', extra_info: {} };
      engine.onSubmit = () => ({
        status: 400,
        body: JSON.stringify({ error, node_errors: { '1': {} } }),
      });
      expect(await run()).toEqual({
        outcome: 'refused',
        error,
        nodeErrors: { '1': {} },
        mayHaveRun: false,
      });
    });

    it('understands the bare refusal of engines before 0.3.28', async () => {
      await connect();
      engine.onSubmit = () => ({ status: 400, body: '{"error":"no prompt","node_errors":[]}' });
      expect(await run()).toMatchObject({
        outcome: 'refused',
        error: { type: 'no_prompt' },
        nodeErrors: {},
      });
    });

    it.each(['pending', 'running'])(
      'takes a partly refused prompt out of the engine while it is %s, then reports it',
      async (place) => {
        await connect();
        engine.onSubmit = (item) => {
          engine.accept(item);
          if (place === 'running') engine.begin(item.id);
          const nodeErrors = { source: { errors: [], dependent_outputs: [], class_type: 'X' } };
          const body = { prompt_id: item.id, number: 1, node_errors: nodeErrors };
          return { status: 200, body: JSON.stringify(body) };
        };
        const onAccepted = jest.fn();
        expect(await run({ onAccepted })).toMatchObject({
          outcome: 'refused',
          mayHaveRun: true,
          nodeErrors: { source: { class_type: 'X' } },
        });
        expect([engine.pending, engine.running]).toEqual([[], []]);
        expect(onAccepted).not.toHaveBeenCalled();
      },
    );

    it('throws a 413 as an error of its own', async () => {
      await connect();
      engine.onSubmit = () => ({ status: 413, body: 'Maximum request body size exceeded.' });
      await expect(run()).rejects.toBeInstanceOf(PromptTooLargeError);
    });

    it('throws any other refusal of the request', async () => {
      await connect();
      engine.onSubmit = () => ({ status: 403, body: '' });
      await expect(run()).rejects.toBeInstanceOf(ComfyHttpError);
    });

    it('ends as lost after a 500, once it is sure that the prompt is not inside', async () => {
      await connect();
      engine.onSubmit = () => ({ status: 500, body: '500 Internal Server Error' });
      const ending = await run();
      expect(ending).toMatchObject({ outcome: 'lost', started: false });
      expect(causeOf(ending)).toBeInstanceOf(ComfyHttpError);
      expect(engine.sentTo('GET /queue').length).toBeGreaterThan(0);
    });

    it('finds a prompt by its id when the answer was cut off', async () => {
      await connect();
      engine.onSubmit = (item) => {
        engine.accept(item);
        setTimeout(() => engine.complete(item.id, 'found.png'), 30);
        return 'reset';
      };
      const onAccepted = jest.fn();
      expect(filenames(await run({ onAccepted }))).toEqual(['found.png']);
      expect(onAccepted).toHaveBeenCalledTimes(1);
    });

    it('ends as lost when the answer was cut off and the prompt is nowhere', async () => {
      await connect();
      engine.onSubmit = () => 'reset';
      const ending = await run();
      expect(ending).toMatchObject({ outcome: 'lost', started: false });
      expect(causeOf(ending)).toBeInstanceOf(ComfyUnreachableError);
    });

    it('ends as unreached at once when nobody listens', async () => {
      await restartClient({ socketWaitMs: 20, baseUrl: 'http://127.0.0.1:9' });
      client.start();
      expect(await run()).toMatchObject({
        outcome: 'unreached',
        cause: { code: 'comfy.unreachable', mayHaveArrived: false },
      });
    });

    function run(options: RunOptions = {}): Promise<PromptEnding> {
      return client.run({ promptId: randomUUID(), prompt: GRAPH }, options);
    }
  });

  describe('without events', () => {
    it('follows a run by asking when no socket opens', async () => {
      engine.refusesSockets = true;
      await restartClient({ socketWaitMs: 20 });
      client.start();
      const onStarted = jest.fn();
      const { promptId, ending } = await submit({ onStarted });
      expect(engine.sentTo('POST /prompt')[0]!['client_id']).toEqual(expect.any(String));
      engine.complete(promptId, 'polled.png');
      expect(filenames(await ending)).toEqual(['polled.png']);
      expect(onStarted).toHaveBeenCalledTimes(1);
    });

    it('collects a run that ended while the socket was down, from the history', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      engine.dropSockets();
      await until(() => client.socketState !== 'open');
      engine.put(promptId, 'save', { images: [{ filename: 'b.png', type: 'output' }] });
      engine.end(promptId, 'execution_success');
      expect(filenames(await ending)).toEqual(['b.png']);
    });

    it('opens the next connection under another client id', async () => {
      await connect();
      const first = await submit();
      engine.dropSockets();
      await until(() => engine.connections === 2 && client.socketState === 'open');
      const second = await submit();
      const ids = engine.sentTo('POST /prompt').map((body) => body['client_id']);
      expect(ids[0]).not.toBe(ids[1]);
      engine.complete(first.promptId);
      engine.complete(second.promptId);
      await Promise.all([first.ending, second.ending]);
    });

    it('ends as lost when the engine came back and remembers nothing', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      await until(() => client.activeRuns === 1);
      await engine.restart();
      const result = await ending;
      expect(result).toMatchObject({ outcome: 'lost', started: true });
      expect(causeOf(result)).toMatchObject({ code: 'comfy.prompt_forgotten', promptId });
    });

    it('ends as lost when the engine stays away', async () => {
      await restartClient({
        reconcile: {
          interval: { firstDelayMs: 5, maxDelayMs: 20, factor: 2, jitter: 0 },
          unreachableAfterMs: 50,
        },
      });
      await connect();
      const { ending } = await submit();
      await engine.stop();
      const result = await ending;
      expect(result).toMatchObject({ outcome: 'lost' });
      expect(causeOf(result)).toBeInstanceOf(ComfyUnreachableError);
    });

    it('waits for a history that is written after the success was announced', async () => {
      engine.historyLateMs = 150;
      await connect();
      const { promptId, ending } = await submit();
      // The start was missed, so the events alone are not enough.
      engine.pending = [];
      engine.putUnheard(promptId, 'save', { images: [{ filename: 'late.png', type: 'output' }] });
      engine.end(promptId, 'execution_success');
      expect(filenames(await ending)).toEqual(['late.png']);
    });

    it('takes the end from the history when only executing null was heard', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      engine.historyLateMs = 20;
      engine.sendRaw(
        promptId,
        `{"type":"executing","data":{"node":null,"prompt_id":"${promptId}"}}`,
      );
      engine.put(promptId, 'save', { images: [{ filename: 'quiet.png', type: 'output' }] });
      engine.running = [];
      engine.history.set(promptId, {
        prompt: [1, promptId, {}, {}, []],
        outputs: { save: { images: [{ filename: 'quiet.png', type: 'output' }] } },
        status: { status_str: 'success', completed: true, messages: [] },
      });
      expect(filenames(await ending)).toEqual(['quiet.png']);
    });

    it('lets a long run be silent, and only looks after it', async () => {
      await restartClient({ silentAfterMs: 40 });
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      await until(() => engine.sentTo('GET /queue').length >= 3);
      expect(client.socketState).toBe('open');
      expect(engine.connections).toBe(1);
      engine.put(promptId, 'save', { text: ['done'] });
      engine.end(promptId, 'execution_success');
      expect(await ending).toMatchObject({ outcome: 'succeeded' });
    });

    it('renews a socket that keeps silent about a run that ended', async () => {
      await restartClient({ silentAfterMs: 40 });
      await connect();
      const { promptId, ending } = await submit();
      engine.deafen();
      engine.complete(promptId, 'unheard.png');
      expect(filenames(await ending)).toEqual(['unheard.png']);
      await until(() => engine.connections === 2);
    });

    it('notices soon that a socket does not even tell of the prompt just submitted', async () => {
      await connect();
      engine.deafen();
      const { promptId, ending } = await submit();
      engine.complete(promptId, 'unheard.png');
      expect(filenames(await ending)).toEqual(['unheard.png']);
    });

    it('gives up on a peer that answers no ping, and connects again', async () => {
      const causes: (Error | undefined)[] = [];
      await restartClient({
        pingIntervalMs: 20,
        deadAfterMs: 20,
        onSocketState: (state, cause) => state === 'closed' && causes.push(cause),
      });
      engine.mutesSockets = true;
      client.start();
      await until(() => engine.connections >= 2);
      expect(causes[0]?.message).toMatch(/silent/);
      engine.mutesSockets = false;
      await until(() => client.socketState === 'open');
    });

    it('finds a prompt again that was submitted before', async () => {
      await connect();
      const { promptId, ending } = await submit();
      const other = aClient();
      other.start();
      const followed = other.follow({ promptId, prompt: GRAPH }, {});
      engine.complete(promptId, 'again.png');
      expect(filenames(await followed)).toEqual(['again.png']);
      await ending;
      await other.stop();
    });
  });

  describe('cancelling', () => {
    it('takes a pending prompt out of the queue and ends it as interrupted', async () => {
      await connect();
      const cancel = new AbortController();
      const { promptId, ending } = await submit({ signal: cancel.signal });
      cancel.abort();
      expect(await ending).toMatchObject({ outcome: 'interrupted', at: undefined });
      expect(engine.pending.some(({ id }) => id === promptId)).toBe(false);
    });

    it('interrupts a running prompt', async () => {
      await connect();
      const cancel = new AbortController();
      const { promptId, ending } = await submit({ signal: cancel.signal });
      engine.begin(promptId);
      cancel.abort();
      expect(await ending).toMatchObject({
        outcome: 'interrupted',
        at: { nodeId: 'save', nodeType: 'SaveImage' },
      });
    });

    it('spares the prompt of somebody else when an old engine interrupts whatever runs', async () => {
      engine.version = '0.3.40';
      await connect();
      const other = await submit();
      engine.begin(other.promptId);
      const cancel = new AbortController();
      const ours = await submit({ signal: cancel.signal });
      cancel.abort();
      expect(await ours.ending).toMatchObject({ outcome: 'interrupted' });
      expect(engine.sentTo('POST /interrupt')).toEqual([]);
      engine.end(other.promptId, 'execution_success');
      expect(await other.ending).toMatchObject({ outcome: 'succeeded' });
    });

    it('interrupts its own prompt on an old engine', async () => {
      engine.version = '0.3.40';
      await connect();
      const cancel = new AbortController();
      const { promptId, ending } = await submit({ signal: cancel.signal });
      engine.begin(promptId);
      cancel.abort();
      expect(await ending).toMatchObject({ outcome: 'interrupted' });
    });

    it('falls back when a new engine has no route to cancel jobs', async () => {
      engine.version = '0.36.0';
      await connect();
      const cancel = new AbortController();
      const { ending } = await submit({ signal: cancel.signal });
      cancel.abort();
      expect(await ending).toMatchObject({ outcome: 'interrupted' });
    });

    it('ends as what truly happened when the cancellation came too late', async () => {
      await connect();
      const cancel = new AbortController();
      const { promptId, ending } = await submit({ signal: cancel.signal });
      engine.complete(promptId);
      cancel.abort();
      expect(await ending).toMatchObject({ outcome: 'succeeded' });
    });

    it('submits nothing when it was cancelled before', async () => {
      await connect();
      const ending = await client.run(
        { promptId: randomUUID(), prompt: GRAPH },
        { signal: AbortSignal.abort() },
      );
      expect(ending).toMatchObject({ outcome: 'interrupted', at: undefined });
      expect(engine.sentTo('POST /prompt')).toEqual([]);
    });
  });

  describe('endings that come from outside', () => {
    it('ends every run as lost at once when the engine is gone', async () => {
      await connect();
      const runs = await Promise.all([submit(), submit()]);
      const cause = new Error('exit code 137');
      client.engineGone(cause);
      for (const { ending } of runs) {
        expect(await ending).toEqual({ outcome: 'lost', started: false, cause });
      }
    });

    it('ends every run as lost when it is stopped', async () => {
      await connect();
      const { promptId, ending } = await submit();
      engine.begin(promptId);
      await client.stop();
      expect(causeOf(await ending)).toMatchObject({ code: 'comfy.client_stopped' });
    });
  });

  it('keeps nothing of runs that ended, nor their history in the engine', async () => {
    await connect();
    const cancel = new AbortController();
    engine.runsAtOnce = true;
    for (let turn = 0; turn < 20; turn += 1) {
      const { ending } = await submit({ signal: cancel.signal });
      await ending;
    }
    expect(client.activeRuns).toBe(0);
    expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
    expect(engine.history.size).toBe(20);
    await client.stop();
    expect(engine.history.size).toBe(0);
    expect(engine.sentTo('POST /history')).toHaveLength(1);
  });

  it('carries a backlog of 1000 runs to their ends without asking', async () => {
    await connect();
    const order: string[] = [];
    const runs = Array.from({ length: 1000 }, async () => {
      const promptId = randomUUID();
      const ending = await client.run({ promptId, prompt: GRAPH }, {});
      order.push(promptId);
      return filenames(ending)[0] === `${promptId}.png`;
    });
    await until(() => engine.pending.length === 1000);
    await until(
      () => engine.requests.filter(({ route }) => route === 'POST /prompt').length === 1000,
    );
    const ids = engine.pending.map(({ id }) => id);
    for (const id of ids) engine.complete(id);
    expect((await Promise.all(runs)).every(Boolean)).toBe(true);
    expect(order).toEqual(ids);
    expect(engine.sentTo('GET /queue')).toEqual([]);
    expect(client.activeRuns).toBe(0);
  });
});

interface Submitted {
  readonly promptId: string;
  readonly ending: Promise<PromptEnding>;
}

function anError(type: string): JsonObject {
  return {
    node_id: 'save',
    node_type: 'SaveImage',
    executed: [],
    exception_message: 'it broke\n',
    exception_type: type,
    traceback: [],
  };
}

function outputsOf(ending: PromptEnding): readonly OutputItem[] {
  if (ending.outcome !== 'succeeded') throw new Error(`the run ended as ${ending.outcome}`);
  return ending.outputs;
}

function filenames(ending: PromptEnding): string[] {
  return outputsOf(ending).flatMap((item) => (item.kind === 'file' ? [item.filename] : []));
}

function causeOf(ending: PromptEnding): Error {
  if (ending.outcome !== 'lost') throw new Error(`the run ended as ${ending.outcome}`);
  return ending.cause;
}

function compact(event: RunProgress): string {
  switch (event.type) {
    case 'cached':
      return `cached ${event.nodes.join()}`;
    case 'executing':
      return `executing ${event.nodeId}`;
    case 'progress':
      return `progress ${event.nodeId ?? '?'} ${event.value}/${event.max}`;
    case 'executed':
      return `executed ${event.nodeId} ${event.outputs.map((item) => (item.kind === 'text' ? item.text : item.filename)).join()}`;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 4_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`it never came true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
