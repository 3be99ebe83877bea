import type { NodeId, NodeProgress } from '@gateway/comfy-protocol';

import type { WebsocketHub } from '../websocket/websocket.hub';

const MIN_INTERVAL_MS = 100;
const MIN_SHARE = 0.005;

/** What the tracker needs to know of its prompt and of the server. */
export interface ProgressScope {
  readonly hub: WebsocketHub;
  readonly promptId: string;
  /** Without a client, progress goes to everyone. */
  readonly clientId: string | undefined;
  /** Whether this release has `progress_state`. */
  readonly sendsStates: boolean;
  readonly throttles: boolean;
  readonly now: () => number;
}

/**
 * `progress_state`: each message repeats all nodes this run has touched.
 *
 * Entries are kept as JSON text, since a run of n nodes writes each of them about n times.
 */
export class ProgressTracker {
  private readonly entries = new Map<NodeId, string>();
  private readonly maxima = new Map<NodeId, number>();
  private last:
    { readonly nodeId: NodeId; readonly value: number; readonly at: number } | undefined;

  constructor(private readonly scope: ProgressScope) {}

  start(nodeId: NodeId): void {
    this.last = undefined;
    this.set(nodeId, 0, 1, 'running');
  }

  /** Whether this update is sent; newer releases leave out small and quick ones. */
  update(nodeId: NodeId, value: number, max: number, hasPreview: boolean): boolean {
    if (!hasPreview && !this.isWorthTelling(nodeId, value, max)) return false;
    this.last = { nodeId, value, at: this.scope.now() };
    this.set(nodeId, value, max, 'running');
    return true;
  }

  finish(nodeId: NodeId): void {
    const max = this.maxima.get(nodeId) ?? 1;
    this.set(nodeId, max, max, 'finished');
  }

  private isWorthTelling(nodeId: NodeId, value: number, max: number): boolean {
    const { last } = this;
    if (!this.scope.throttles || last?.nodeId !== nodeId || value >= max) return true;
    const isLate = this.scope.now() - last.at >= MIN_INTERVAL_MS;
    return isLate && Math.abs(value - last.value) >= max * MIN_SHARE;
  }

  private set(nodeId: NodeId, value: number, max: number, state: string): void {
    const { hub, promptId, clientId, sendsStates } = this.scope;
    this.maxima.set(nodeId, max);
    if (!sendsStates) return;
    const progress: NodeProgress = {
      value,
      max,
      state,
      node_id: nodeId,
      prompt_id: promptId,
      display_node_id: nodeId,
      parent_node_id: null,
      real_node_id: nodeId,
    };
    this.entries.set(nodeId, `${JSON.stringify(nodeId)}:${JSON.stringify(progress)}`);
    if (!hub.reaches(clientId)) return;
    const nodes = [...this.entries.values()].join(',');
    hub.publishText(
      `{"type":"progress_state","data":{"prompt_id":${JSON.stringify(promptId)},"nodes":{${nodes}}}}`,
      clientId,
    );
  }
}
