import type { JsonObject } from '@gateway/comfy-protocol';

import type { EmulatorOptions } from './emulator.options';
import type { InterruptFlag } from './execution/interrupt.flag';
import type { NodeLibrary } from './execution/node.library';
import type { Folders } from './folders';
import type { RequestStats } from './http/request.stats';
import type { ComfyLog } from './log/comfy.log';
import type { PromptHistory } from './queue/prompt.history';
import type { PromptQueue } from './queue/prompt.queue';
import type { ArmedScenarios } from './scenarios/armed.scenarios';
import type { TurboMode } from './turbo/turbo.mode';
import type { WebsocketHub } from './websocket/websocket.hub';

/** The state of one server, as its routes see it. */
export interface EmulatedServer {
  readonly options: EmulatorOptions;
  readonly folders: Folders;
  readonly library: NodeLibrary;
  readonly queue: PromptQueue;
  readonly history: PromptHistory;
  readonly interrupt: InterruptFlag;
  readonly hub: WebsocketHub;
  readonly scenarios: ArmedScenarios;
  readonly log: ComfyLog;
  readonly stats: RequestStats;
  /** `undefined` runs the nodes. */
  readonly turbo: TurboMode | undefined;
  /** Prompts that came to an end. */
  readonly promptsRun: () => number;
}

/** `GET /prompt`, and inside of `status` messages. */
export function queueInfo(queue: PromptQueue): JsonObject {
  return { exec_info: { queue_remaining: queue.remaining } };
}

/** What this server answers to the handshake and at `/features`. */
export function serverFlags(options: EmulatorOptions): JsonObject {
  const megabytes = options.maxUploadMegabytes ?? 100;
  return { supports_preview_metadata: true, max_upload_size: megabytes * 1024 * 1024 };
}
