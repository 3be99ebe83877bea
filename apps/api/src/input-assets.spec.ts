import { EventBus } from '@gateway/events';
import { StateUnavailableError } from '@gateway/state';
import { FakeClock } from '@gateway/testing';

import { releaseAssetsOfEnded } from './input-assets';

describe('the assets of a job that has ended', () => {
  function setUp() {
    const clock = new FakeClock();
    const bus = new EventBus();
    const released: string[] = [];
    const disk = { isFull: false };
    const release = (jobId: string): void => {
      if (disk.isFull) throw new StateUnavailableError('the disk is full');
      released.push(jobId);
    };
    const stop = releaseAssetsOfEnded(bus, { release }, clock);
    const end = (jobId: string): void => {
      bus.publish('job-transitioned', { jobId, from: 'running', to: 'failed', at: 0 });
    };
    return { clock, bus, released, disk, stop, end };
  }

  it('are released, and those of no other', () => {
    const { bus, released, end } = setUp();
    bus.publish('job-transitioned', { jobId: 'b', from: 'queued', to: 'running', at: 0 });
    end('a');
    expect(released).toEqual(['a']);
  });

  it('are released when that can be written again', async () => {
    const { clock, released, disk, end, stop } = setUp();
    disk.isFull = true;
    end('a');
    end('b');
    await clock.next();
    expect(released).toEqual([]);
    disk.isFull = false;
    await clock.next();
    expect(released).toEqual(['a', 'b']);
    expect(clock.pending).toBe(0);
    stop();
  });

  it('are left to the next life when the gateway ends first', () => {
    const { clock, disk, end, stop } = setUp();
    disk.isFull = true;
    end('a');
    stop();
    expect(clock.pending).toBe(0);
  });
});
