import type { JobTransitioned } from './contracts/job-transitioned.event';
import { EventBus } from './event-bus';

const accepted: JobTransitioned = { jobId: 'job-1', to: 'queued', at: 1 };
const canceled: JobTransitioned = { jobId: 'job-1', from: 'queued', to: 'canceled', at: 2 };

describe('EventBus', () => {
  it('hands an event to every listener of its name, in order of subscription', () => {
    const bus = new EventBus();
    const heard: unknown[] = [];
    bus.subscribe('job-transitioned', (event) => heard.push(['first', event]));
    bus.subscribe('job-transitioned', (event) => heard.push(['second', event]));
    bus.subscribe('job-progressed', (event) => heard.push(['other', event]));
    bus.publish('job-transitioned', accepted);
    expect(heard).toEqual([
      ['first', accepted],
      ['second', accepted],
    ]);
  });

  it('takes events that nobody listens to', () => {
    expect(() => new EventBus().publish('job-transitioned', accepted)).not.toThrow();
  });

  it('tells nothing after a listener has left, even if it leaves twice', () => {
    const bus = new EventBus();
    const heard: JobTransitioned[] = [];
    const leave = bus.subscribe('job-transitioned', (event) => heard.push(event));
    expect(bus.listenerCount('job-transitioned')).toBe(1);
    bus.publish('job-transitioned', accepted);
    leave();
    leave();
    bus.publish('job-transitioned', canceled);
    expect(heard).toEqual([accepted]);
    expect(bus.listenerCount('job-transitioned')).toBe(0);
  });

  it('logs a listener that throws, and harms neither the publisher nor its siblings', () => {
    const logged: object[] = [];
    const bus = new EventBus({
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (facts) => logged.push(facts),
    });
    const broken = new Error('broken listener');
    const heard: JobTransitioned[] = [];
    bus.subscribe('job-transitioned', () => {
      throw broken;
    });
    bus.subscribe('job-transitioned', (event) => heard.push(event));
    bus.publish('job-transitioned', accepted);
    expect(heard).toEqual([accepted]);
    expect(logged).toEqual([{ err: broken, event: 'job-transitioned' }]);
  });

  it('tells a listener of later events only, not of the one it subscribed during', () => {
    const bus = new EventBus();
    const heard: JobTransitioned[] = [];
    const leave = bus.subscribe('job-transitioned', () => {
      leave();
      bus.subscribe('job-transitioned', (event) => heard.push(event));
    });
    bus.publish('job-transitioned', accepted);
    expect(heard).toEqual([]);
    bus.publish('job-transitioned', canceled);
    expect(heard).toEqual([canceled]);
  });

  it('does not call a listener that another one has just unsubscribed', () => {
    const bus = new EventBus();
    const heard: JobTransitioned[] = [];
    bus.subscribe('job-transitioned', () => leave());
    const leave = bus.subscribe('job-transitioned', (event) => heard.push(event));
    bus.publish('job-transitioned', accepted);
    expect(heard).toEqual([]);
  });
});
