import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A prompt in API format. */
export type Graph = Readonly<
  Record<
    string,
    { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> }
  >
>;

/** The graph of that name, as it lies beside this file. */
export function readGraph(name: string): Graph {
  return JSON.parse(readFileSync(join(__dirname, `${name}.json`), 'utf8')) as Graph;
}

/** The same graph with other values for an input, wherever a class takes it. */
export function withInput(graph: Graph, classType: string, input: string, value: unknown): Graph {
  return Object.fromEntries(
    Object.entries(graph).map(([id, node]) => [
      id,
      node.class_type === classType
        ? { ...node, inputs: { ...node.inputs, [input]: value } }
        : node,
    ]),
  );
}
