import type { Clock, Log } from '@gateway/kernel';
import type { OutboundFetcher } from '@gateway/outbound';
import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { SystemEventsOptions } from './system/system-event.forwarder';

export interface WebhookOptions {
  /** Jobs outlive this process: what it did not deliver is delivered by the next one. */
  readonly outlive: boolean;
  /** Attempts that may follow the first; 0: one attempt. */
  readonly retries: number;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Signs version 2 and system events: base64, with or without `whsec_`. Absent: nothing is signed. */
  readonly secret?: string;
  readonly userAgent: string;
  readonly fetcher: Pick<OutboundFetcher, 'request'>;
  /** Absent: the engine's events are not forwarded. */
  readonly systemEvents?: SystemEventsOptions;
  readonly log: Log;
  /** Absent: the system's. */
  readonly clock?: Clock;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: WEBHOOK_OPTIONS } =
  new ConfigurableModuleBuilder<WebhookOptions>({ moduleName: 'Webhook' }).build();
