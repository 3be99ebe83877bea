import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { PromptGraph } from '@gateway/comfy-protocol';
import type { OutputShelf, OutputSinks } from '@gateway/jobs';
import type { Log } from '@gateway/kernel';
import type { OutboundFetcher } from '@gateway/outbound';

import type { EngineSupervision } from './engine/engine';
import type { WatchdogLimits } from './engine/engine-watchdog';
import type { FilenameSalting } from './filename-salt';
import type { InputAssets } from './inputs/input-assets.port';

/** What running prompts needs to know. */
export interface PromptOptions {
  readonly engine: {
    readonly id: string;
    readonly baseUrl: string;
    /** `undefined`: the engine's folders are not on this machine; files go over HTTP. */
    readonly folders: { readonly inputDir: string; readonly outputDir: string } | undefined;
    /** Prompts inside the engine at once. */
    readonly maxInFlight: number;
    /** A running prompt without a word for this long is asked for; milliseconds. */
    readonly silentAfterMs: number;
    /** How long prompts wait for an engine that is away; milliseconds. */
    readonly maxWaitMs: number;
    readonly supervision: EngineSupervision;
  };
  readonly limits: WatchdogLimits;
  readonly salting: FilenameSalting;
  /** Folder for converted pictures until they are delivered. */
  readonly spoolDir: string;
  /** Folder where it is written down which folders of inputs were made. */
  readonly inputRecordDir: string;
  /** The way out for what clients name: inputs to fetch, webhooks to call. */
  readonly fetcher: Pick<OutboundFetcher, 'inspect' | 'download'>;
  /** What prompts may refer to; absent: nothing. */
  readonly assets?: InputAssets | undefined;
  /** Our address as clients see it, for links to jobs; absent: they are relative to the host. */
  readonly publicUrl?: string | undefined;
  /** Makes sinks for jobs whose outcome goes elsewhere than into an answer. */
  readonly sinks: OutputSinks;
  /** Where outputs stay that no answer takes. */
  readonly shelf: OutputShelf;
  /** Jobs outlive this process: what its end cuts off is run by the next one. */
  readonly outlives: boolean;
  /** Runs once after each start of the engine, before any prompt of a client. */
  readonly warmUp?: PromptGraph | undefined;
  readonly log: Log;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: PROMPT_OPTIONS } =
  new ConfigurableModuleBuilder<PromptOptions>({ moduleName: 'Prompt' }).build();
