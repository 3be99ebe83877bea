import { EventsModule } from '@gateway/events';
import { OUTPUT_SINKS } from '@gateway/jobs';
import { silentLog } from '@gateway/kernel';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { WebhookDeliveries } from './prompt/webhook.deliveries';
import { WebhookSinks } from './prompt/webhook.sinks';
import { SystemEventForwarder } from './system/system-event.forwarder';
import { loopbackFetcher } from './testing/loopback.fetcher';
import { WebhookModule } from './webhook.module';

@Injectable()
class Outsider {
  constructor(
    @Inject(OUTPUT_SINKS) readonly sinks: unknown,
    readonly same: WebhookSinks,
    readonly deliveries: WebhookDeliveries,
    readonly forwarder: SystemEventForwarder,
  ) {}
}

@Module({
  imports: [
    EventsModule.register({ log: silentLog }),
    WebhookModule.registerAsync({
      useFactory: () => ({
        outlive: false,
        retries: 0,
        timeoutMs: 1000,
        userAgent: 'gateway-spec',
        fetcher: loopbackFetcher(),
        log: silentLog,
      }),
    }),
  ],
  providers: [Outsider],
})
class App {}

describe('the module', () => {
  it('hands its sinks, deliveries and forwarder to whoever imports it', async () => {
    const app = await NestFactory.createApplicationContext(App, {
      logger: false,
      abortOnError: false,
    });
    const { sinks, same, deliveries, forwarder } = app.get(Outsider);
    expect(sinks).toBe(same);
    expect(deliveries.pending + forwarder.pending).toBe(0);
    await app.close();
  });
});
