import { NodeError } from '../nodes/node-class';
import type { ScenarioFactory } from './scenario';

/** A node fails for want of video memory; the server goes on. */
export const outOfMemory: ScenarioFactory = ({ spend }) => ({
  beforeNode: () => {
    spend();
    return Promise.reject(
      new NodeError(
        'torch.OutOfMemoryError',
        'Allocation on device 0 would exceed allowed memory. (out of memory)\n' +
          'Currently allocated     : 22.40 GiB\nRequested               : 4.00 GiB',
      ),
    );
  },
});
