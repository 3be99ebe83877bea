import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseEngineMessage, promptIdOf } from './engine-message';
import { parseJson, stringifyJson, type JsonObject } from './json';

const FIXTURE = join(__dirname, '../../../test/contract/fixtures/comfyui-golden-traces.json');
const { traces } = parseJson(readFileSync(FIXTURE, 'utf8')) as {
  readonly traces: readonly JsonObject[];
};

describe('parseEngineMessage', () => {
  it('knows every message that was recorded from ComfyUI, and changes none', () => {
    const recorded = traces
      .flatMap((trace) => Object.values(trace))
      .filter((value) => Array.isArray(value))
      .flatMap((events) => events as readonly JsonObject[])
      .filter((event) => typeof event === 'object' && 'type' in event && 'data' in event)
      .map(({ type, data }) => ({ type, data }) as JsonObject);
    expect(new Set(recorded.map(({ type }) => type)).size).toBe(11);
    for (const message of recorded) {
      expect(parseEngineMessage(stringifyJson(message))).toEqual(message);
    }
  });

  it.each([
    '{"type": "crystools.monitor", "data": {}}',
    '{"type": "executed", "data": {"node": 5, "output": null, "prompt_id": "p"}}',
    '{"type": "executing"}',
    '{"data": {}}',
    '[]',
    'null',
  ])('ignores %s', (text) => {
    expect(parseEngineMessage(text)).toBeUndefined();
  });

  it('reads an error whose inputs hold NaN', () => {
    const text = `{"type": "execution_error", "data": {"prompt_id": "p", "node_id": "1",
      "node_type": "X", "executed": [], "exception_message": "m", "exception_type": "t",
      "traceback": [], "current_inputs": {"sigma": [NaN]}}}`;
    expect(parseEngineMessage(text)).toMatchObject({ data: { current_inputs: { sigma: [null] } } });
  });

  it('keeps keys of later versions, and __proto__ a key', () => {
    const text = '{"type":"execution_start","data":{"prompt_id":"p","new":1,"__proto__":{"x":1}}}';
    const message = parseEngineMessage(text);
    expect(message).toEqual(parseJson(text));
    expect(Object.getPrototypeOf(message?.data)).toBe(Object.prototype);
  });

  it('throws on text that is not JSON', () => {
    expect(() => parseEngineMessage('{')).toThrow(SyntaxError);
  });
});

describe('promptIdOf', () => {
  it('is the prompt of a message, or undefined for messages to everyone', () => {
    const start = parseEngineMessage('{"type":"execution_start","data":{"prompt_id":"p"}}');
    const midRun = parseEngineMessage('{"type":"executing","data":{"node":"4"}}');
    expect(promptIdOf(start!)).toBe('p');
    expect(promptIdOf(midRun!)).toBeUndefined();
  });
});
