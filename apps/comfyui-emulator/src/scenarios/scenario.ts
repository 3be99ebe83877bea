import type { IncomingMessage } from 'node:http';

import type { NodeId, NodeUi } from '@gateway/comfy-protocol';

import type { PromptFacts } from '../execution/prompt.run';
import type { Folders } from '../folders';
import type { WebsocketHub } from '../websocket/websocket.hub';

/**
 * One fault. Every hook is optional; a hook that takes effect once calls `world.spend()` so that
 * the next prompt works.
 */
export interface Scenario {
  /** Before the port opens. */
  readonly beforeListening?: () => Promise<void>;
  /** A status that replaces the answer to this request. */
  readonly onRequest?: (request: IncomingMessage) => number | undefined;
  /** Rewrites a JSON answer of this path. */
  readonly onAnswer?: (path: string, text: string) => string;
  /** Whether a websocket upgrade is cut off. */
  readonly refusesUpgrade?: () => boolean;
  /** Rewrites a text message before it goes to a socket. */
  readonly onMessage?: (text: string) => string;
  /** The worker has taken a prompt; throwing here kills the worker. */
  readonly onPromptTaken?: (prompt: PromptFacts) => Promise<void>;
  /** Inside the guard around nodes: throwing here fails the node. */
  readonly beforeNode?: (node: RunningNode) => Promise<void>;
  readonly afterNode?: (node: RunningNode, ui: NodeUi | undefined) => Promise<void>;
  /** The prompt has ended, its history is not written yet. */
  readonly beforeHistory?: (prompt: PromptFacts) => Promise<void>;
}

export interface RunningNode {
  readonly prompt: PromptFacts;
  readonly nodeId: NodeId;
  readonly classType: string;
}

/** What a fault may do to the server. */
export interface ScenarioWorld {
  readonly argument: ScenarioArgument;
  readonly hub: WebsocketHub;
  readonly folders: Folders;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** Ends the process the way a signal from outside would. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Prints on stderr, whatever the log level. */
  readonly print: (text: string) => void;
  /** Waits; never keeps the process alive. */
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Counts one use; after the last one (`times@N`, default once) the fault is disarmed. */
  readonly spend: () => void;
}

/** The text after the colon: `250,once@/tmp/marker,if@portrait,times@3`. */
export interface ScenarioArgument {
  readonly value: string | undefined;
  /** Fires only while this file does not exist, and creates it: once across restarts. */
  readonly once: string | undefined;
  /** Fires only for prompts whose JSON holds this text. */
  readonly onlyIf: string | undefined;
  /** How often it fires; undefined leaves it to the fault. */
  readonly times: number | undefined;
}

export type ScenarioFactory = (world: ScenarioWorld) => Scenario;
