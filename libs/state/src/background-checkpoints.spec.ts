import { BackgroundCheckpoints } from './background-checkpoints';

describe('BackgroundCheckpoints', () => {
  it('have nothing to say about a file that cannot be used: whoever writes to it will hear', async () => {
    const checkpoints = new BackgroundCheckpoints('/nowhere/state.sqlite');
    for (let write = 0; write < 1_000; write += 1) checkpoints.noteWrite();
    await expect(checkpoints.stop()).resolves.toBeUndefined();
  });

  it('have nothing to end when they never began', async () => {
    await expect(
      new BackgroundCheckpoints('/nowhere/state.sqlite').stop(),
    ).resolves.toBeUndefined();
  });
});
