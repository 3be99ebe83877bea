import { dropWebsocket } from './drop-websocket.scenario';
import { duplicateClientId } from './duplicate-client-id.scenario';
import { exitAtStart } from './exit-at-start.scenario';
import { exitMidPrompt } from './exit-mid-prompt.scenario';
import { hangInNode } from './hang-in-node.scenario';
import { httpError } from './http-500.scenario';
import { killAtRequest } from './kill-at-request.scenario';
import { killMidPrompt } from './kill-mid-prompt.scenario';
import { lateHistory } from './late-history.scenario';
import { nanMessages } from './nan-messages.scenario';
import { neverReady } from './never-ready.scenario';
import { outOfMemory } from './out-of-memory.scenario';
import { oversizedOutput } from './oversized-output.scenario';
import type { ScenarioFactory } from './scenario';
import { slowNodes } from './slow-nodes.scenario';
import { slowStart } from './slow-start.scenario';
import { silentZombieWorker, zombieWorker } from './zombie-worker.scenario';

/** Faults by the name that `--scenario` and `POST /emulator/scenarios` take. */
export const scenarioFactories: Readonly<Record<string, ScenarioFactory>> = {
  'never-ready': neverReady,
  'slow-start': slowStart,
  'exit-at-start': exitAtStart,
  'exit-mid-prompt': exitMidPrompt,
  'kill-mid-prompt': killMidPrompt,
  'kill-at-request': killAtRequest,
  'drop-websocket': dropWebsocket,
  'hang-in-node': hangInNode,
  'slow-nodes': slowNodes,
  'zombie-worker': zombieWorker,
  'zombie-worker-silent': silentZombieWorker,
  'out-of-memory': outOfMemory,
  'late-history': lateHistory,
  'nan-messages': nanMessages,
  'http-500': httpError,
  'oversized-output': oversizedOutput,
  'duplicate-client-id': duplicateClientId,
};
