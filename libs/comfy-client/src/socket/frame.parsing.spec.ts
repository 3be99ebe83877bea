import { randomUUID } from 'node:crypto';

import * as protocol from '@gateway/comfy-protocol';
import { silentLog, systemClock } from '@gateway/kernel';

import { ComfyClient } from '../comfy.client';
import { FakeComfyUi } from '../testing/fake-comfyui';

jest.mock('@gateway/comfy-protocol', () => {
  const actual = jest.requireActual<typeof protocol>('@gateway/comfy-protocol');
  return { ...actual, parseEngineMessage: jest.fn(actual.parseEngineMessage) };
});

const RUNS = 20;

describe('a frame of the engine', () => {
  it('is parsed once, however many runs are followed', async () => {
    const engine = await FakeComfyUi.start();
    const heard: string[] = [];
    const client = new ComfyClient({
      engineId: 'local',
      baseUrl: engine.url,
      clock: systemClock,
      log: silentLog,
      onMessage: ({ type }) => heard.push(type),
    });
    client.start();
    const prompt = { save: { class_type: 'SaveImage', inputs: {} } };
    const runs = Array.from({ length: RUNS }, () => {
      const promptId = randomUUID();
      const onAccepted = (): void => engine.complete(promptId);
      return client.run({ promptId, prompt }, { onAccepted });
    });
    expect(new Set((await Promise.all(runs)).map(({ outcome }) => outcome))).toEqual(
      new Set(['succeeded']),
    );
    await client.stop();
    await engine.stop();
    expect(heard.length).toBeGreaterThanOrEqual(5 * RUNS);
    expect(protocol.parseEngineMessage).toHaveBeenCalledTimes(heard.length);
  });
});
