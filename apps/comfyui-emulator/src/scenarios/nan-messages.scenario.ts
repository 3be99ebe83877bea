import type { ScenarioFactory } from './scenario';

/** Messages and history hold Python's bare `NaN` and `Infinity`, which `JSON.parse` refuses. */
export const nanMessages: ScenarioFactory = () => ({
  onMessage: (text) => text.replace('"data":{', '"data":{"loss":NaN,"scale":-Infinity,'),
  onAnswer: (path, text) =>
    path.startsWith('/history') ? text.replaceAll('"status":{', '"status":{"loss":NaN,') : text,
});
