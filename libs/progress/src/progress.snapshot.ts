import type { NodeId } from '@gateway/comfy-protocol';
import type { GraphFact } from '@gateway/events';

import { neededBeside, type GraphPlan } from './graph-plan';

/** How far a running job is, in the words of Comfy API v2. Complete: one is enough to know it all. */
export interface Progress {
  /** Of the whole, 0 to 1. */
  readonly value: number;
  readonly nodes_done: number;
  /** Nodes that the outputs ask for; those with a result from before count as done. */
  readonly nodes_total: number;
  readonly current_node: string | null;
  readonly current_node_class: string | null;
  /** The current node's own measure, as the engine reports it: it may start again within one node. */
  readonly step: number | null;
  readonly steps: number | null;
  readonly message: string | null;
}

/** Where an attempt stands, and what it takes to tell how the next fact moves it. */
export interface ProgressSnapshot {
  readonly progress: Progress;
  readonly plan: GraphPlan;
  readonly done: ReadonlySet<NodeId>;
  readonly doneWeight: number;
  readonly current: NodeId | undefined;
}

export type ProgressFact = GraphFact | { readonly type: 'succeeded' };

/** An attempt of which nothing has run yet. */
export function beginProgress(plan: GraphPlan): ProgressSnapshot {
  const progress = { ...NOTHING_DONE, nodes_total: plan.nodes.size };
  return { progress, plan, done: new Set(), doneWeight: 0, current: undefined };
}

const NOTHING_DONE: Progress = {
  value: 0,
  nodes_done: 0,
  nodes_total: 0,
  current_node: null,
  current_node_class: null,
  step: null,
  steps: null,
  message: null,
};

/** Where a job of so many nodes ends that succeeds: nothing else need be known of it any more. */
export function finishedProgress(nodeCount: number): Progress {
  return { ...NOTHING_DONE, value: 1, nodes_done: nodeCount, nodes_total: nodeCount };
}

/**
 * `(snapshot, fact) → snapshot`; the same one when the fact changes nothing.
 *
 * Within an attempt neither `value` nor `nodes_done` goes back. A new attempt begins at zero, because
 * its work does.
 */
export function applyProgress(snapshot: ProgressSnapshot, fact: ProgressFact): ProgressSnapshot {
  switch (fact.type) {
    case 'cached':
      return takeCached(snapshot, fact.nodes);
    case 'executing':
      return takeExecuting(snapshot, fact.nodeId);
    case 'progress':
      return takeSteps(snapshot, fact);
    case 'executed':
      return takeExecuted(snapshot, fact.nodeId);
    case 'succeeded':
      return takeSucceeded(snapshot);
  }
}

function takeCached(snapshot: ProgressSnapshot, nodes: readonly NodeId[]): ProgressSnapshot {
  const { plan } = snapshot;
  const needed = neededBeside(plan, new Set(nodes));
  return withDone(
    snapshot,
    [...plan.nodes.keys()].filter((id) => !needed.has(id)),
  );
}

/** ComfyUI does not say that a node ended; it says that the next one began. */
function takeExecuting(snapshot: ProgressSnapshot, nodeId: NodeId): ProgressSnapshot {
  const { current } = snapshot;
  if (nodeId === current) return snapshot;
  const before = current === undefined ? snapshot : withDone(snapshot, [current]);
  const classType = before.plan.nodes.get(nodeId)?.classType ?? null;
  return {
    ...before,
    current: nodeId,
    progress: {
      ...before.progress,
      current_node: nodeId,
      current_node_class: classType,
      step: null,
      steps: null,
      message: classType,
    },
  };
}

/** Of a node of the graph that is not the current one, or of one that the current one expanded into. */
function takeSteps(
  snapshot: ProgressSnapshot,
  { nodeId, value, max }: Extract<ProgressFact, { readonly type: 'progress' }>,
): ProgressSnapshot {
  const isPlanned = nodeId !== undefined && snapshot.plan.nodes.has(nodeId);
  const at = isPlanned ? takeExecuting(snapshot, nodeId) : snapshot;
  const node = at.current === undefined ? undefined : at.plan.nodes.get(at.current);
  const isUsable = Number.isFinite(value) && Number.isFinite(max) && max > 0;
  if (!node || at.current === undefined || !isUsable) return at;
  const steps = Math.ceil(max);
  const step = Math.min(Math.max(Math.floor(value), 0), steps);
  const doneOfIt = at.done.has(at.current) ? 0 : node.weight * (step / steps);
  return {
    ...at,
    progress: {
      ...at.progress,
      value: forward(at, at.doneWeight + doneOfIt),
      step,
      steps,
      message: `${node.classType} ${step}/${steps}`,
    },
  };
}

function takeExecuted(snapshot: ProgressSnapshot, nodeId: NodeId): ProgressSnapshot {
  return withDone(snapshot, [nodeId]);
}

/** What was never asked for, such as the other branch of a switch, is done as well. */
function takeSucceeded(snapshot: ProgressSnapshot): ProgressSnapshot {
  const { progress, plan } = snapshot;
  const rest = withDone(snapshot, [...plan.nodes.keys()]);
  const nowhere = { current_node: null, current_node_class: null, step: null, steps: null };
  return {
    ...rest,
    current: undefined,
    progress: {
      ...rest.progress,
      ...nowhere,
      value: 1,
      message: null,
      nodes_done: progress.nodes_total,
    },
  };
}

function withDone(snapshot: ProgressSnapshot, ids: readonly NodeId[]): ProgressSnapshot {
  const fresh = ids.filter((id) => !snapshot.done.has(id) && snapshot.plan.nodes.has(id));
  if (fresh.length === 0) return snapshot;
  const done = new Set([...snapshot.done, ...fresh]);
  const weightOf = (id: NodeId): number => snapshot.plan.nodes.get(id)?.weight ?? 0;
  const doneWeight = fresh.reduce((sum, id) => sum + weightOf(id), snapshot.doneWeight);
  const value = forward(snapshot, doneWeight);
  return {
    ...snapshot,
    done,
    doneWeight,
    progress: { ...snapshot.progress, value, nodes_done: done.size },
  };
}

function forward({ progress, plan }: ProgressSnapshot, weight: number): number {
  const value = plan.totalWeight > 0 ? weight / plan.totalWeight : 0;
  return Math.min(1, Math.max(progress.value, Math.round(value * PRECISION) / PRECISION));
}

const PRECISION = 10_000;
