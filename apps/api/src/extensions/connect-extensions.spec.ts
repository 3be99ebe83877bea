import { EventBus, EventsModule } from '@gateway/events';
import { HealthIndicators } from '@gateway/health';
import { silentLog } from '@gateway/kernel';
import { OutputFormats } from '@gateway/media';
import { GraphPreprocessors } from '@gateway/prompt';
import { Injectable, Module, Scope, type ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';

import { createLogger } from '../logging';
import { connectExtensions, type ConnectedExtensions } from './connect-extensions';
import { EventListener, HealthIndicator } from './extension-points';
import { StartupTasks } from './startup-tasks';

@HealthIndicator()
class Licence {
  readonly name = 'licence';
  check() {
    return { up: false };
  }
}

async function connected(providers: ModuleMetadata['providers']) {
  @Module({ providers: providers ?? [] })
  class Team {}
  @Module({
    imports: [DiscoveryModule, EventsModule.register({ log: silentLog }), Team],
    providers: [OutputFormats, GraphPreprocessors, HealthIndicators],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, {
    logger: false,
    abortOnError: false,
  });
  const connect = (): ConnectedExtensions =>
    connectExtensions(app, new StartupTasks(silentLog), createLogger('silent'));
  return { app, connect };
}

describe('the classes of an extension', () => {
  it.each([
    ['a class', [Licence]],
    ['a class under a token', [{ provide: 'licence', useClass: Licence }]],
    ['a factory', [{ provide: 'licence', useFactory: () => Promise.resolve(new Licence()) }]],
    ['a value', [{ provide: 'licence', useValue: new Licence() }]],
    ['one under two tokens', [Licence, { provide: 'licence', useExisting: Licence }]],
  ])('are found when provided as %s', async (_how, providers) => {
    const { app, connect } = await connected(providers);
    expect(await app.get(HealthIndicators).areUp()).toBe(true);
    connect();
    expect(app.get(HealthIndicators).checks).toHaveLength(1);
  });

  it('are passed over when they have no mark', async () => {
    const nothing = { provide: 'nothing', useValue: null };
    const { app, connect } = await connected([nothing, { provide: 'text', useValue: 'text' }]);
    connect();
    expect(app.get(HealthIndicators).checks).toEqual([]);
  });

  it('cannot be made for each request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Request {}
    @HealthIndicator()
    class Fleeting extends Licence {
      constructor(readonly request: Request) {
        super();
      }
    }
    const { connect } = await connected([Request, Fleeting]);
    expect(connect).toThrow('Fleeting (@HealthIndicator) failed: it must be one for the whole');
  });

  it('are named when two want the same', async () => {
    const { connect } = await connected([Licence, { provide: 'b', useClass: Licence }]);
    expect(connect).toThrow('Licence (@HealthIndicator) failed: There is a health indicator');
  });

  it('may listen to several events, and are waited for at the end', async () => {
    const heard: string[] = [];
    @EventListener('job-progressed', 'warm-up-failed')
    class Ears {
      async handle(_event: object, name: string): Promise<void> {
        await Promise.resolve();
        heard.push(name);
      }
    }
    const { app, connect } = await connected([Ears]);
    const { listeners } = connect();
    const bus = app.get(EventBus);
    const fact = { type: 'executing', nodeId: '1' } as const;
    bus.publish('job-progressed', { jobId: 'a', fact });
    bus.publish('warm-up-failed', { engineId: 'a', cause: new Error('cold') });
    bus.publish('job-transitioned', { jobId: 'a', to: 'queued', at: 0 });
    expect(heard).toEqual([]);
    await listeners.drain(new AbortController().signal);
    expect(heard).toEqual(['job-progressed', 'warm-up-failed']);
  });
});
