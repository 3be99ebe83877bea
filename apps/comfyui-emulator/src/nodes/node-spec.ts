import type { InputConfig, JsonObject, NodeClassInfo } from '@gateway/comfy-protocol';

import type { Folders } from '../folders';
import type { NodeClass, NodeContext, NodeInputs, NodeResult } from './node-class';
import type { NodeInput, NodeSchema } from './node-input';

/** A node class as data: what it declares, and what it does with typed inputs. */
export interface NodeSpec<R extends InputTable, O extends InputTable> {
  /** Python module; `nodes` when absent. */
  readonly module?: string;
  readonly category: string;
  /** `display_name`; a V1 class without one shows its own name, a V3 class shows null. */
  readonly title?: string;
  readonly description?: string;
  readonly required?: R;
  readonly optional?: O;
  /** V1 hidden inputs; output nodes that save get the usual two by `saves`. */
  readonly hidden?: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
  readonly outputNames?: readonly string[];
  readonly deprecated?: true;
  readonly isOutput?: true;
  /** An output node that writes the graph into its file. */
  readonly saves?: true;
  readonly fingerprint?: (inputs: JsonObject, folders: Folders) => Promise<string | number>;
  readonly run: (inputs: Values<R> & OptionalValues<O>, context: NodeContext) => Outcome;
}

type Outcome = NodeResult | Promise<NodeResult>;
export type InputTable = Readonly<Record<string, NodeInput<unknown>>>;
type Values<I extends InputTable> = { readonly [K in keyof I]: ValueOf<I[K]> };
type OptionalValues<I extends InputTable> = {
  readonly [K in keyof I]?: ValueOf<I[K]> | undefined;
};
type ValueOf<I> = I extends NodeInput<infer T> ? T : never;

/** Named by its key in a table, so that no class name is written twice. */
export type NodeDefinition = (name: string) => NodeClass;
export type NodeTable = Readonly<Record<string, NodeDefinition>>;

export function v1Node<R extends InputTable, O extends InputTable>(
  spec: NodeSpec<R, O>,
): NodeDefinition {
  return (name) => nodeClass(spec, (folders) => describeV1(name, spec, folders));
}

export function v3Node<R extends InputTable, O extends InputTable>(
  spec: NodeSpec<R, O>,
): NodeDefinition {
  return (name) => nodeClass(spec, (folders) => describeV3(name, spec, folders));
}

/** A result with one value per output slot. */
export function give(...outputs: readonly unknown[]): NodeResult {
  return { outputs };
}

function nodeClass<R extends InputTable, O extends InputTable>(
  spec: NodeSpec<R, O>,
  describe: NodeClass['describe'],
): NodeClass {
  const declared = new Map<string, NodeInput<unknown>>([
    ...Object.entries(spec.required ?? {}),
    ...Object.entries(spec.optional ?? {}).map(([name, input]) => [name, orNone(input)] as const),
  ]);
  const checksItself = [...declared.values()].some((input) => input.check !== undefined);
  return {
    describe,
    run: async (inputs, context) =>
      spec.run(readInputs(declared, inputs) as Values<R> & OptionalValues<O>, context),
    ...(spec.fingerprint && { fingerprint: spec.fingerprint }),
    ...(checksItself && {
      customCheck: (input, value, folders) => declared.get(input)?.check?.(value, folders),
    }),
  };
}

/** Python's None may arrive over a link, such as the sound of a silent video. */
function orNone(input: NodeInput<unknown>): NodeInput<unknown> {
  return { ...input, read: (value) => (value === null ? undefined : input.read(value)) };
}

function readInputs(
  declared: ReadonlyMap<string, NodeInput<unknown>>,
  inputs: NodeInputs,
): NodeInputs {
  const values: Record<string, unknown> = {};
  for (const [name, input] of declared) {
    if (inputs[name] !== undefined) values[name] = input.read(inputs[name]);
  }
  return values;
}

type AnySpec = Omit<NodeSpec<InputTable, InputTable>, 'run'>;

function describeV1(name: string, spec: AnySpec, folders: Folders): NodeClassInfo {
  const hidden = { ...(spec.saves && V1_METADATA), ...spec.hidden };
  const input = listInputs(spec, hidden, folders, 'v1');
  return {
    input,
    input_order: orderOf(input),
    output: spec.outputs,
    output_is_list: spec.outputs.map(() => false),
    output_name: spec.outputNames ?? spec.outputs,
    name,
    display_name: spec.title ?? name,
    description: spec.description ?? '',
    python_module: spec.module ?? 'nodes',
    category: spec.category,
    output_node: isOutput(spec),
    ...(spec.deprecated && { deprecated: true }),
  };
}

function describeV3(name: string, spec: AnySpec, folders: Folders): NodeClassInfo {
  const hidden = isOutput(spec) ? V3_METADATA : {};
  const input = listInputs(spec, hidden, folders, 'v3');
  return {
    input,
    input_order: orderOf(input),
    output: spec.outputs,
    output_is_list: spec.outputs.map(() => false),
    output_name: spec.outputNames ?? spec.outputs,
    ...{ output_tooltips: spec.outputs.map(() => null) },
    name,
    display_name: spec.title ?? null,
    description: spec.description ?? '',
    python_module: spec.module ?? 'nodes',
    category: spec.category,
    output_node: isOutput(spec),
    deprecated: spec.deprecated ?? false,
    experimental: false,
    api_node: false,
  };
}

const V1_METADATA = { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' };
const V3_METADATA = { prompt: ['PROMPT'], extra_pnginfo: ['EXTRA_PNGINFO'] };

function isOutput(spec: AnySpec): boolean {
  return spec.isOutput === true || spec.saves === true;
}

function listInputs(spec: AnySpec, hidden: JsonObject, folders: Folders, schema: NodeSchema) {
  return {
    required: describeAll(spec.required ?? {}, folders, schema),
    ...(spec.optional && { optional: describeAll(spec.optional, folders, schema) }),
    ...(Object.keys(hidden).length > 0 && { hidden }),
  } satisfies NodeClassInfo['input'];
}

function describeAll(
  inputs: InputTable,
  folders: Folders,
  schema: NodeSchema,
): Readonly<Record<string, InputConfig>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, input.describe(folders, schema)]),
  );
}

function orderOf(input: NodeClassInfo['input']): JsonObject {
  return Object.fromEntries(
    Object.entries(input).map(([category, inputs]) => [category, Object.keys(inputs)]),
  );
}
