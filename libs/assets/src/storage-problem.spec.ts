import { writeFile } from 'node:fs/promises';

import { storageProblem } from './storage-problem';

describe('storageProblem', () => {
  it('says of a disk that is full what the database would say', async () => {
    const error: unknown = await writeFile('/dev/full', 'x').catch((cause: unknown) => cause);
    expect(storageProblem(error)).toMatchObject({
      code: 'state.unavailable',
      reason: 'the disk is full',
      cause: error,
    });
  });

  it('leaves any other error as it is', () => {
    const error = new Error('the client went away');
    expect(storageProblem(error)).toBe(error);
  });
});
