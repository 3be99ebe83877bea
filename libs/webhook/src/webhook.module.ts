import { EventBus } from '@gateway/events';
import { OUTPUT_SINKS } from '@gateway/jobs';
import { systemClock } from '@gateway/kernel';
import { Module } from '@nestjs/common';

import { AttemptPlaces, type PlaceLimits } from './delivery/attempt.places';
import type { DeliveryDependencies } from './delivery/delivery.run';
import { WebhookSender } from './delivery/webhook.sender';
import { WebhookSigner } from './delivery/webhook.signer';
import { WebhookDeliveries } from './prompt/webhook.deliveries';
import { WebhookSinks } from './prompt/webhook.sinks';
import { EventLanes } from './system/event.lanes';
import { SystemEventForwarder } from './system/system-event.forwarder';
import {
  ConfigurableModuleClass,
  WEBHOOK_OPTIONS,
  type WebhookOptions,
} from './webhook.module-definition';

const PROMPT_PLACES: PlaceLimits = { perOrigin: 16, inAll: 256 };
/** Of their own: clients' receivers hold up none of the operator's. */
const SYSTEM_EVENT_PLACES: PlaceLimits = { perOrigin: 8, inAll: 8 };

@Module({
  providers: [
    {
      provide: WebhookDeliveries,
      inject: [WEBHOOK_OPTIONS],
      useFactory: (options: WebhookOptions) =>
        new WebhookDeliveries(dependenciesOf(options, PROMPT_PLACES), options.outlive, options.log),
    },
    {
      provide: WebhookSinks,
      inject: [WebhookDeliveries, WEBHOOK_OPTIONS],
      useFactory: (deliveries: WebhookDeliveries, { clock = systemClock }: WebhookOptions) =>
        new WebhookSinks(deliveries, clock),
    },
    { provide: OUTPUT_SINKS, useExisting: WebhookSinks },
    {
      provide: SystemEventForwarder,
      inject: [EventBus, WEBHOOK_OPTIONS],
      useFactory: (bus: EventBus, options: WebhookOptions) => {
        const dependencies = dependenciesOf(options, SYSTEM_EVENT_PLACES);
        const lanes = new EventLanes(dependencies, options.log);
        return new SystemEventForwarder(bus, options.systemEvents, lanes);
      },
    },
  ],
  exports: [WebhookSinks, OUTPUT_SINKS, WebhookDeliveries, SystemEventForwarder],
})
export class WebhookModule extends ConfigurableModuleClass {}

function dependenciesOf(options: WebhookOptions, limits: PlaceLimits): DeliveryDependencies {
  const { fetcher, userAgent, timeoutMs, secret, retries, clock = systemClock } = options;
  const signer = secret === undefined ? undefined : new WebhookSigner(secret);
  return {
    sender: new WebhookSender(fetcher, { userAgent, timeoutMs, ...(signer && { signer }) }, clock),
    places: new AttemptPlaces(limits),
    clock,
    chance: Math.random,
    retries,
  };
}
