import { EventBus, EventsModule } from '@gateway/events';
import type { JobResult, WebhookTarget } from '@gateway/jobs';
import { eventually, FakeClock } from '@gateway/testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { WebhookDeliveries } from '../prompt/webhook.deliveries';
import { WebhookSinks } from '../prompt/webhook.sinks';
import { SystemEventForwarder } from '../system/system-event.forwarder';
import { WebhookModule } from '../webhook.module';
import type { WebhookOptions } from '../webhook.module-definition';
import { loopbackFetcher } from './loopback.fetcher';
import { aJob } from './prepared';
import { RecordingLog } from './recording.log';

/** The module as the application composes it, with a clock that the spec turns. */
export interface WebhookBench {
  readonly bus: EventBus;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  readonly sinks: WebhookSinks;
  readonly deliveries: WebhookDeliveries;
  readonly forwarder: SystemEventForwarder;
  settle(result: JobResult, ...targets: readonly WebhookTarget[]): void;
  /** Turns the clock through every back-off, until nothing is pending. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export async function webhookBench(options: Partial<WebhookOptions> = {}): Promise<WebhookBench> {
  const clock = new FakeClock(Date.now());
  const log = new RecordingLog();
  const fetcher = loopbackFetcher();
  @Module({
    imports: [
      EventsModule.register({ log }),
      WebhookModule.register({
        outlive: false,
        retries: 3,
        timeoutMs: 10_000,
        userAgent: 'gateway-spec',
        fetcher,
        log,
        clock,
        ...options,
      }),
    ],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, {
    logger: false,
    abortOnError: false,
  });
  const [sinks, deliveries] = [app.get(WebhookSinks), app.get(WebhookDeliveries)];
  const forwarder = app.get(SystemEventForwarder);
  return {
    bus: app.get(EventBus),
    clock,
    log,
    sinks,
    deliveries,
    forwarder,
    settle: (result, ...targets) => sinks.open(aJob(targets, result.jobId))?.settle(result),
    finish: async () => {
      await eventually(async () => {
        if (clock.pending > 0) await clock.advance(60_000);
        return deliveries.pending + forwarder.pending === 0;
      }, 'nothing is pending');
      await Promise.all([deliveries.drain(NEVER), forwarder.drain(NEVER)]);
    },
    close: async () => {
      await app.close();
      await fetcher.close();
    },
  };
}

const NEVER = new AbortController().signal;
