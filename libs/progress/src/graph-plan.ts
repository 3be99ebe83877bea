import { isLink, type JsonValue, type NodeId } from '@gateway/comfy-protocol';
import type { AttemptGraph } from '@gateway/events';

/** The nodes of a graph that ComfyUI has to do with, and how much of the whole each is. */
export interface GraphPlan {
  readonly nodes: ReadonlyMap<NodeId, PlannedNode>;
  readonly totalWeight: number;
  /** Where ComfyUI begins: the nodes that it runs for their own sake. */
  readonly outputs: readonly NodeId[];
}

interface PlannedNode {
  readonly classType: string;
  /** 1, or the steps of a node that samples. */
  readonly weight: number;
  /** The nodes it takes inputs from. */
  readonly sources: readonly NodeId[];
}

/** Plans what the outputs ask for, directly or not; the whole graph if nobody knows its outputs. */
export function planGraph(graph: AttemptGraph, outputs: readonly NodeId[]): GraphPlan {
  const known = outputs.filter((id) => Object.hasOwn(graph, id));
  const roots = known.length > 0 ? known : Object.keys(graph);
  const nodes = new Map<NodeId, PlannedNode>();
  let totalWeight = 0;
  const open = [...roots];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = nodes.has(id) ? undefined : nodeAt(graph, id);
    if (!node) continue;
    const planned = {
      classType: node.class_type,
      weight: stepsOf(node, graph),
      sources: sourcesOf(node),
    };
    nodes.set(id, planned);
    totalWeight += planned.weight;
    open.push(...planned.sources);
  }
  return { nodes, totalWeight, outputs: roots };
}

/**
 * The nodes that have to run when these have a result from before: ComfyUI goes from its outputs to
 * what they need, and no further than to a result that it has.
 */
export function neededBeside(plan: GraphPlan, cached: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  const needed = new Set<NodeId>();
  const open = [...plan.outputs];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = needed.has(id) || cached.has(id) ? undefined : plan.nodes.get(id);
    if (!node) continue;
    needed.add(id);
    open.push(...node.sources);
  }
  return needed;
}

type GraphNode = AttemptGraph[string];

function nodeAt(graph: AttemptGraph, id: NodeId): GraphNode | undefined {
  return Object.hasOwn(graph, id) ? graph[id] : undefined;
}

function linkedNode(value: unknown): NodeId | undefined {
  return isLink(value as JsonValue) ? (value as readonly [NodeId, number])[0] : undefined;
}

function sourcesOf({ inputs }: GraphNode): readonly NodeId[] {
  return Object.values(inputs).flatMap((value) => linkedNode(value) ?? []);
}

/** What a node weighs: a sampler's own `steps`, or those of the scheduler that its `sigmas` come from. */
function stepsOf(node: GraphNode, graph: AttemptGraph): number {
  // A scheduler makes a list of numbers; its steps are taken by whoever gets the list.
  if (isScheduler(node)) return 1;
  const sigmas = node.inputs['sigmas'];
  return sigmas === undefined ? ownSteps(node, graph) : scheduledSteps(sigmas, graph);
}

function isScheduler({ class_type }: GraphNode): boolean {
  return class_type.endsWith('Scheduler');
}

/** `KSamplerAdvanced` takes a part of its steps only. */
function ownSteps({ inputs }: GraphNode, graph: AttemptGraph): number {
  const steps = wholeNumber(inputs['steps'], graph);
  if (steps === undefined) return 1;
  const from = wholeNumber(inputs['start_at_step'], graph) ?? 0;
  const to = wholeNumber(inputs['end_at_step'], graph) ?? steps;
  return Math.max(1, Math.min(to, steps) - from);
}

/** Sigmas may be split or flipped on their way. */
function scheduledSteps(sigmas: unknown, graph: AttemptGraph): number {
  let link = sigmas;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const source = linkedNode(link);
    const node = source === undefined ? undefined : nodeAt(graph, source);
    if (!node) return 1;
    if (node.inputs['steps'] !== undefined) return ownSteps(node, graph);
    link = node.inputs['sigmas'];
  }
  return 1;
}

const MAX_HOPS = 8;

/** A number in an input, or that of the primitive node it is linked to. */
function wholeNumber(value: unknown, graph: AttemptGraph): number | undefined {
  const source = linkedNode(value);
  const number = source === undefined ? value : nodeAt(graph, source)?.inputs['value'];
  // An integer that a double cannot hold is read as a bigint.
  const whole = typeof number === 'bigint' ? Number(number) : number;
  return typeof whole === 'number' && whole >= 0 ? Math.floor(whole) : undefined;
}
