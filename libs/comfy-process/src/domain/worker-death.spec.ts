import { tellsWorkerDeath } from './worker-death';

describe("the worker's death", () => {
  it.each([
    'Exception in thread Thread-1 (prompt_worker):',
    'Exception in thread Thread-12 (prompt_worker):',
  ])('is told by: %s', (line) => expect(tellsWorkerDeath(line)).toBe(true));

  it.each([
    'Exception in thread Thread-3 (download_worker):',
    '!!! Exception during processing !!! in prompt_worker',
    'got prompt: "Exception in thread X (prompt_worker):"',
  ])('is not told by: %s', (line) => expect(tellsWorkerDeath(line)).toBe(false));
});
