/** What is delivered, as plain data. */
export type { Delivery } from './delivery/delivery';

/** The outcome of jobs, to the URLs that clients named. */
export { WebhookDeliveries } from './prompt/webhook.deliveries';
export { WebhookSinks } from './prompt/webhook.sinks';

/** The engine's events, to the operator's URL. */
export { SystemEventForwarder, type SystemEventsOptions } from './system/system-event.forwarder';

export { InvalidSecretError } from './webhook.errors';
export { WebhookModule } from './webhook.module';
export type { WebhookOptions } from './webhook.module-definition';
