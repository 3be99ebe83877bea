import { WorkerDeath } from '../execution/worker.death';
import type { ScenarioFactory } from './scenario';

/**
 * The worker thread dies of the next prompt with a traceback on stderr; HTTP and websocket go on,
 * prompts are accepted, nothing runs (ComfyUI issue 16312).
 */
export const zombieWorker: ScenarioFactory = ({ spend }) => ({
  onPromptTaken: () => {
    spend();
    return Promise.reject(new WorkerDeath(true));
  },
});

/** The same without a word on stderr, as when a node raises `SystemExit`. */
export const silentZombieWorker: ScenarioFactory = ({ spend }) => ({
  onPromptTaken: () => {
    spend();
    return Promise.reject(new WorkerDeath(false));
  },
});
