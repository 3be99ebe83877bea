import { inputConfig } from '@gateway/catalogue';
import {
  isLink,
  type InputConfig,
  type JsonValue,
  type Link,
  type NodeClassInfo,
  type NodeId,
  type ObjectInfo,
  type PromptGraph,
  type PromptNode,
} from '@gateway/comfy-protocol';

import type { Place } from './request-input';

/** A graph beside what its node classes declare. */
export class GraphReading {
  /** Node ids, each behind the nodes it is linked to: the order in which they run. */
  readonly order: readonly NodeId[];

  constructor(
    readonly graph: PromptGraph,
    readonly info: ObjectInfo,
  ) {
    this.order = runningOrder(graph);
  }

  node(id: NodeId): PromptNode | undefined {
    return Object.hasOwn(this.graph, id) ? this.graph[id] : undefined;
  }

  /** `undefined` for a class that is not listed. */
  classOf(id: NodeId): NodeClassInfo | undefined {
    const classType = this.node(id)?.class_type ?? '';
    return Object.hasOwn(this.info, classType) ? this.info[classType] : undefined;
  }

  outputsOf(id: NodeId): readonly JsonValue[] {
    return this.classOf(id)?.output ?? [];
  }

  config({ nodeId, input }: Place): InputConfig | undefined {
    const classType = this.node(nodeId)?.class_type ?? '';
    return this.classOf(nodeId) && inputConfig(this.info, classType, input);
  }

  value({ nodeId, input }: Place): JsonValue | undefined {
    const inputs = this.node(nodeId)?.inputs ?? {};
    return Object.hasOwn(inputs, input) ? inputs[input] : undefined;
  }

  links(id: NodeId): readonly { readonly input: string; readonly link: Link }[] {
    return linksOf(this.node(id));
  }

  /** Where a literal really is: in the place, or in the primitive node that it is linked to. */
  literalPlace(place: Place): Place | undefined {
    const value = this.value(place);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return place;
    const source = isLink(value) ? value[0] : '';
    const isPrimitive = /^Primitive/.test(this.node(source)?.class_type ?? '');
    const literal = this.value({ nodeId: source, input: 'value' });
    return isPrimitive && literal !== undefined && !Array.isArray(literal)
      ? { nodeId: source, input: 'value' }
      : undefined;
  }

  /** A title that a person gave: one that is not what the class is called anyway. */
  title(id: NodeId): string | undefined {
    const node = this.node(id);
    const meta = node?._meta;
    if (typeof meta !== 'object' || meta === null || !('title' in meta)) return undefined;
    const { title } = meta as { readonly title: JsonValue };
    if (typeof title !== 'string' || title.trim() === '') return undefined;
    const usual = [node?.class_type, this.classOf(id)?.display_name];
    return usual.includes(title) ? undefined : title.trim();
  }
}

function linksOf(node: PromptNode | undefined): ReturnType<GraphReading['links']> {
  return Object.entries(node?.inputs ?? {}).flatMap(([input, link]) =>
    isLink(link) ? [{ input, link }] : [],
  );
}

/** Depth first and with a stack of its own: graphs may be deep, and a broken one may hold circles. */
function runningOrder(graph: PromptGraph): readonly NodeId[] {
  const order = new Set<NodeId>();
  const entered = new Set<NodeId>();
  const pending = Object.keys(graph).reverse();
  for (let id; (id = pending.at(-1)) !== undefined;) {
    if (entered.has(id) || !Object.hasOwn(graph, id)) {
      pending.pop();
      if (Object.hasOwn(graph, id)) order.add(id);
      continue;
    }
    entered.add(id);
    const sources = linksOf(graph[id]).map(({ link }) => link[0]);
    pending.push(...sources.filter((source) => !entered.has(source)).reverse());
  }
  return [...order];
}
