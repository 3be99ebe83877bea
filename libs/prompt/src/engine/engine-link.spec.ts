import { silentLog } from '@gateway/kernel';
import { settle } from '@gateway/testing';

import { FakeEngine } from '../testing/fake-engine';
import { EngineLink } from './engine-link';

describe('EngineLink', () => {
  let engine: FakeEngine;
  let link: EngineLink;
  let warnings: string[];

  beforeEach(() => {
    engine = new FakeEngine();
    warnings = [];
    const log = { ...silentLog, warn: (_facts: object, message: string) => warnings.push(message) };
    link = new EngineLink(engine, engine.bus, log);
  });

  function hold(prompts: number): void {
    const data = { status: { exec_info: { queue_remaining: prompts } } };
    engine.vitals.noteMessage({ type: 'status', data });
  }

  it('connects and reads the catalogue when the engine is ready', async () => {
    engine.becomes('ready');
    await settle();
    expect(engine.client.told).toEqual(['start']);
    expect(engine.catalogue.objectInfo).toBe(engine.objectInfo);
  });

  it('reads the catalogue anew after each start', async () => {
    engine.becomes('ready');
    await settle();
    engine.becomes('backing-off');
    engine.objectInfo = {};
    engine.becomes('ready');
    await settle();
    expect(engine.catalogue.objectInfo).toEqual({});
    expect(engine.asked).toBe(2);
  });

  it('says so when the catalogue cannot be read, and goes on', async () => {
    engine.objectInfo = new Error('connection refused');
    engine.becomes('ready');
    await settle();
    expect(warnings).toEqual(['object_info could not be read']);
    expect(engine.client.told).toEqual(['start']);
  });

  it.each(['backing-off', 'failed', 'starting', 'stopped'] as const)(
    'ends all runs at once when the engine is %s, with the cause where there is one',
    (phase) => {
      hold(2);
      engine.becomes(phase, new Error('killed'));
      engine.becomes(phase);
      expect(engine.client.told).toEqual(['gone: killed', `gone: The engine is ${phase}`]);
      expect(engine.vitals.queueRemaining).toBe(0);
    },
  );

  it('lets the prompts inside end when the engine is stopped in order', () => {
    hold(2);
    engine.becomes('stopping');
    expect(engine.client.told).toEqual([]);
    expect(engine.vitals.queueRemaining).toBe(2);
  });

  it('ends all runs when the engine is stopped for a cause', () => {
    engine.becomes('stopping', new Error('restart requested'));
    expect(engine.client.told).toEqual(['gone: restart requested']);
  });

  it('does not follow another engine, nor any engine when it is disposed of', () => {
    engine.bus.publish('engine-phase-changed', {
      engineId: 'engine-2',
      from: 'ready',
      to: 'failed',
    });
    link.dispose();
    engine.becomes('ready');
    expect(engine.client.told).toEqual([]);
  });
});
