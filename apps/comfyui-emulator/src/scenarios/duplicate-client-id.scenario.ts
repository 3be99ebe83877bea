import type { ScenarioFactory } from './scenario';

/**
 * Acts as if a second socket with the running client's id had come and the first one had gone: the
 * client's socket stays open and never hears anything again (ComfyUI issue 16010).
 */
export const duplicateClientId: ScenarioFactory = ({ hub, spend }) => ({
  afterNode: async ({ prompt }) => {
    if (prompt.clientId === undefined) return;
    spend();
    hub.unregister(prompt.clientId);
    await Promise.resolve();
  },
});
