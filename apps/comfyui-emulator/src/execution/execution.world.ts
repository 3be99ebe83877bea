import type { PreviewMethod } from '../emulator.options';
import type { Folders } from '../folders';
import type { ComfyLog } from '../log/comfy.log';
import type { Profile } from '../profile';
import type { ArmedScenarios } from '../scenarios/armed.scenarios';
import type { WebsocketHub } from '../websocket/websocket.hub';
import type { InterruptFlag } from './interrupt.flag';
import type { NodeLibrary } from './node.library';
import type { ResultCache } from './result.cache';

/** All that running a prompt touches. */
export interface ExecutionWorld {
  readonly library: NodeLibrary;
  readonly folders: Folders;
  readonly cache: ResultCache;
  readonly hub: WebsocketHub;
  readonly interrupt: InterruptFlag;
  readonly scenarios: ArmedScenarios;
  readonly profile: Profile;
  readonly log: ComfyLog;
  readonly shown: ShownNode;
  readonly stepMs: number;
  readonly previewMethod: PreviewMethod;
  /** Whether files carry the prompt. */
  readonly metadata: boolean;
  readonly now: () => number;
}

/** What a client that connects now is told to be executing. */
export interface ShownNode {
  /** The client of the current or last prompt. */
  clientId: string | undefined;
  nodeId: string | undefined;
}
