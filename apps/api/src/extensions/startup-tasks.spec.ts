import { silentLog } from '@gateway/kernel';

import { StartupTasks } from './startup-tasks';

const never = (): Promise<void> => new Promise(() => undefined);

describe('startup tasks', () => {
  it('are done one after the other, and say how far they are', async () => {
    const tasks = new StartupTasks(silentLog);
    const states: unknown[] = [];
    for (const name of ['a', 'b']) {
      tasks.add({
        name,
        run: () => {
          states.push(tasks.tasks.map(({ state }) => state));
          return Promise.resolve();
        },
      });
    }
    await tasks.run(new AbortController().signal);
    expect(states).toEqual([
      ['running', 'waiting'],
      ['done', 'running'],
    ]);
    expect(tasks.tasks).toEqual([
      { name: 'a', state: 'done' },
      { name: 'b', state: 'done' },
    ]);
  });

  it('end at the first that fails', async () => {
    const tasks = new StartupTasks(silentLog);
    tasks.add({ name: 'a', run: () => Promise.reject(new Error('disk full')) });
    tasks.add({ name: 'b', run: never });
    await expect(tasks.run(new AbortController().signal)).rejects.toThrow(
      'The startup task "a" failed: disk full',
    );
    expect(tasks.tasks.map(({ state }) => state)).toEqual(['failed', 'waiting']);
  });

  it('end with the gateway, whether they hear it or not', async () => {
    const tasks = new StartupTasks(silentLog);
    const reason = new Error('shutting down');
    const stop = new AbortController();
    tasks.add({ name: 'deaf', run: never });
    const run = tasks.run(stop.signal);
    stop.abort(reason);
    await expect(run).rejects.toBe(reason);
  });
});
