import { setTimeout as delay } from 'node:timers/promises';

import { parseJson, stringifyJson, type JsonObject, type JsonValue } from '@gateway/comfy-protocol';

import { canonical, canonicalEvents, describeReceived } from './support/canonical.events';
import { launchEmulator, type EmulatorChild } from './support/emulator.child';
import { goldenTraces, renameNodes, type GoldenTrace } from './support/golden.trace';
import { isEndOf, RecordingClient } from './support/recording.client';

/**
 * Replays, in their order, what a real ComfyUI 0.3.64 was recorded doing. With `COMFYUI_URL` set,
 * against that server, which must be idle and fresh; otherwise against the emulator.
 */
const realUrl = process.env['COMFYUI_URL'];

/** Of two identical nodes ComfyUI runs whichever its set yields first. */
const TWINS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  identical_nodes_deduplicated_within_run: { a: 'b', b: 'a', c: 'd', d: 'c' },
};

describe(realUrl === undefined ? 'the emulator' : `ComfyUI at ${realUrl}`, () => {
  let emulator: EmulatorChild | undefined;
  let url: string;
  let firstNumber: number | undefined;
  const clients = new Map<string, RecordingClient>();

  beforeAll(async () => {
    emulator = realUrl === undefined ? launchEmulator() : undefined;
    url = emulator === undefined ? String(realUrl) : await emulator.url;
  });

  afterAll(async () => {
    for (const client of clients.values()) client.close();
    await emulator?.stop();
  });

  it.each(goldenTraces.map((trace) => [trace.name, trace] as const))(
    'replays %s',
    async (name, trace) => {
      if (name === 'on_connect') await replayConnecting(trace);
      else if (name === 'interrupt_running') await slowly(() => replay(trace, interruptAtNode2));
      else if (trace.request !== undefined) await replay(trace, () => Promise.resolve());
      else if (trace.status !== undefined) await replayEmptyRequest(trace);
      else await slowly(() => replayConnectingMidRun(trace));
    },
    60_000,
  );

  async function replayConnecting(trace: GoldenTrace): Promise<void> {
    for (const clientId of ['client-a', 'client-meta', 'client-b']) {
      clients.set(clientId, await RecordingClient.connect(url, clientId));
    }
    const flags = { type: 'feature_flags', data: { supports_preview_metadata: true } };
    client('client-meta').socket.send(JSON.stringify(flags));
    await client('client-meta').until(({ type }) => type === 'feature_flags');
    for (const clientId of ['client-a', 'client-meta']) {
      expect(client(clientId).all()).toEqual(trace.events.get(clientId));
    }
  }

  async function replay(
    trace: GoldenTrace,
    meanwhile: (id: string) => Promise<void>,
  ): Promise<void> {
    for (const one of clients.values()) one.drain();
    const request = trace.request ?? {};
    const answer = await post('/prompt', request);
    firstNumber ??= Number(answer.body['number']);

    expect(answer.status).toBe(trace.status);
    expect(canonicalAnswer(answer.body, firstNumber)).toEqual(
      canonicalAnswer(trace.response ?? {}, 0),
    );

    if (answer.status === 200) await endOf(request, meanwhile);
    // What was wrongly sent to somebody has to get the time to arrive.
    await delay(realUrl === undefined ? 30 : 300);

    const seen = await observe(request, trace.events.keys());
    const twins = TWINS[trace.name];
    const accepted = [trace, ...(twins === undefined ? [] : [renameNodes(trace, twins)])];
    const recorded = accepted.map((one) => recordedFacts(one));
    if (recorded.some((facts) => JSON.stringify(facts) === JSON.stringify(seen))) return;
    expect(seen).toEqual(recorded.find((facts) => matches(facts, seen)) ?? recorded[0]);
  }

  async function replayEmptyRequest(trace: GoldenTrace): Promise<void> {
    const answer = await post('/prompt', {});
    expect(answer).toEqual({ status: trace.status, body: trace.response });
  }

  /** The recorded prompt is not in the file; any chain of slow nodes shows the same. */
  async function replayConnectingMidRun(trace: GoldenTrace): Promise<void> {
    const prompt_id = '00000000-0000-4000-8000-000000000025';
    const { prompt } = traceOf('interrupt_running').request as { prompt: JsonObject };
    const image = prompt['0'] as { inputs: JsonObject };
    const fresh = { ...prompt, '0': { ...image, inputs: { ...image.inputs, color: 98 } } };
    await post('/prompt', { prompt: fresh, prompt_id, client_id: 'client-r' });
    await delay(SLOW_NODE_MS * 2.5);
    const late = await RecordingClient.connect(url, 'client-r');
    clients.set('client-r', late);
    await late.until(({ type }) => type === 'progress_state');
    const node = late.messages('executing')[0]?.['data'] as { node: string };
    await post('/interrupt', { prompt_id });
    await late.until(isEndOf(prompt_id));

    const [status, executing, state] = late.all().slice(0, 3) as JsonObject[];
    const [recordedStatus, recordedExecuting, recordedState] =
      trace.events.get('first events') ?? [];
    expect(status).toEqual(recordedStatus);
    expect(executing).toEqual({ ...recordedExecuting, data: node });
    expect(Object.keys(executing?.['data'] as JsonObject)).toEqual(['node']);
    const nodes = (state?.['data'] as { nodes: JsonObject }).nodes;
    const recordedNodes = (recordedState?.['data'] as { nodes: JsonObject }).nodes;
    expect(Object.keys(nodes)).toEqual(expect.arrayContaining(['0', '1', node.node]));
    expect(nodes['0']).toEqual(recordedNodes['0']);
  }

  async function interruptAtNode2(promptId: string): Promise<void> {
    await client('client-a').until(
      ({ type, data }) => type === 'executing' && (data as JsonObject)['node'] === '2',
    );
    await post('/interrupt', { prompt_id: promptId });
  }

  async function endOf(
    request: JsonObject,
    meanwhile: (promptId: string) => Promise<void>,
  ): Promise<void> {
    const promptId = promptIdOf(request);
    await meanwhile(promptId);
    const clientId = request['client_id'];
    if (typeof clientId === 'string') await client(clientId).until(isEndOf(promptId));
    for (const bystander of clients.values()) await bystander.until(isIdle, 30_000);
  }

  async function observe(request: JsonObject, clientIds: Iterable<string>): Promise<Facts> {
    const promptId = promptIdOf(request);
    const history = await get(`/history/${promptId}`);
    const events = [...clientIds].map((clientId): [string, JsonValue] => [
      clientId,
      canonicalEvents(client(clientId).all().map(describeReceived)),
    ]);
    return {
      events: Object.fromEntries(events),
      history: canonicalHistory(history, firstNumber ?? 0),
    };
  }

  async function slowly(run: () => Promise<void>): Promise<void> {
    const scenario = `slow-nodes:${SLOW_NODE_MS}`;
    if (emulator !== undefined) await post('/emulator/scenarios', { scenario });
    await run();
    if (emulator !== undefined) await fetch(`${url}/emulator/scenarios`, { method: 'DELETE' });
  }

  async function post(
    path: string,
    body: JsonObject,
  ): Promise<{ status: number; body: JsonObject }> {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: stringifyJson(body) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (parseJson(text) as JsonObject) };
  }

  async function get(path: string): Promise<JsonObject> {
    return parseJson(await (await fetch(`${url}${path}`)).text()) as JsonObject;
  }

  function client(clientId: string): RecordingClient {
    const found = clients.get(clientId);
    if (found === undefined) throw new Error(`${clientId} is not connected`);
    return found;
  }
});

/** What a recording says came of its request. */
interface Facts {
  readonly events: Readonly<Record<string, JsonValue>>;
  readonly history: JsonValue;
}

const SLOW_NODE_MS = 200;

function recordedFacts(trace: GoldenTrace): Facts {
  const events = [...trace.events].map(([clientId, list]) => [clientId, canonicalEvents(list)]);
  return {
    events: Object.fromEntries(events) as Record<string, JsonValue>,
    history: canonicalHistory(trace.history ?? {}, 0),
  };
}

function matches(facts: Facts, seen: Facts): boolean {
  try {
    expect(seen).toEqual(facts);
    return true;
  } catch {
    return false;
  }
}

/** Numbers count from the first prompt of this run; output ids are a set. */
function canonicalHistory(history: JsonObject, firstNumber: number): JsonValue {
  return Object.fromEntries(
    Object.entries(history).map(([promptId, entry]) => {
      const { prompt, ...rest } = entry as { prompt: readonly JsonValue[] } & JsonObject;
      const [number, id, graph, extra, outputs] = prompt;
      const item = [
        Number(number) - firstNumber,
        id,
        graph,
        extra,
        [...(outputs as string[])].sort(),
      ];
      return [promptId, { prompt: item as JsonValue, ...(canonical(rest) as JsonObject) }];
    }),
  );
}

function canonicalAnswer(body: JsonObject, firstNumber: number): JsonValue {
  const { number, ...rest } = canonical(body) as JsonObject;
  return number === undefined ? rest : { ...rest, number: Number(number) - firstNumber };
}

function promptIdOf(request: JsonObject): string {
  return request['prompt_id'] as string;
}

function isIdle({ type, data }: JsonObject): boolean {
  const { status } = data as { status?: { exec_info: { queue_remaining: number } } };
  return type === 'status' && status?.exec_info.queue_remaining === 0;
}

function traceOf(name: string): GoldenTrace {
  const found = goldenTraces.find((trace) => trace.name === name);
  if (found === undefined) throw new Error(`No recording ${name}`);
  return found;
}
