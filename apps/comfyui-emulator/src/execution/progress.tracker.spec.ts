import { parseJson, type JsonObject } from '@gateway/comfy-protocol';
import type { WebSocket } from 'ws';

import { WebsocketHub } from '../websocket/websocket.hub';
import { ProgressTracker } from './progress.tracker';

describe('ProgressTracker', () => {
  const sent: JsonObject[] = [];
  let now = 0;

  const track = (throttles: boolean): ProgressTracker => {
    const hub = new WebsocketHub((text) => text);
    const socket = {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      send: (text: string) => void sent.push(parseJson(text) as JsonObject),
    };
    hub.register('me', socket as unknown as WebSocket);
    return new ProgressTracker({
      hub,
      promptId: 'p',
      clientId: 'me',
      sendsStates: true,
      throttles,
      now: () => now,
    });
  };

  beforeEach(() => {
    sent.length = 0;
    now = 0;
  });

  it('repeats every node it has touched', () => {
    const tracker = track(false);
    tracker.start('1');
    tracker.finish('1');
    tracker.start('2');
    const { nodes } = sent.at(-1)?.['data'] as { nodes: Record<string, JsonObject> };
    expect(Object.keys(nodes)).toEqual(['1', '2']);
    expect(nodes['1']).toMatchObject({ value: 1, max: 1, state: 'finished' });
    expect(nodes['2']).toMatchObject({ value: 0, max: 1, state: 'running' });
  });

  it('finishes at the maximum that was last reported', () => {
    const tracker = track(false);
    tracker.start('1');
    tracker.update('1', 3, 20, false);
    tracker.finish('1');
    const { nodes } = sent.at(-1)?.['data'] as { nodes: Record<string, JsonObject> };
    expect(nodes['1']).toMatchObject({ value: 20, max: 20 });
  });

  it('when it throttles, tells the first, the last, previews, and others every 100 ms', () => {
    const tracker = track(true);
    tracker.start('1');
    expect(tracker.update('1', 1, 1000, false)).toBe(true);
    expect(tracker.update('1', 50, 1000, false)).toBe(false);
    expect(tracker.update('1', 51, 1000, true)).toBe(true);
    now = 150;
    expect(tracker.update('1', 52, 1000, false)).toBe(false);
    expect(tracker.update('1', 60, 1000, false)).toBe(true);
    expect(tracker.update('1', 1000, 1000, false)).toBe(true);
  });
});
