import { parseJson, type JsonValue } from './json';
import { describeGraphProblem, type GraphProblem } from './workflow-format';

const node = (inputs: JsonValue): JsonValue => ({ class_type: 'X', inputs });

describe('describeGraphProblem', () => {
  it.each<JsonValue>([
    { '1': node({}) },
    { '1': node({ a: ['2', 0], b: { __value__: ['x', 'y', 'z'] }, c: null }) },
    { nodes: node({}), links: node({}) },
  ])('has nothing to say about %j', (graph) => {
    expect(describeGraphProblem(graph)).toBeUndefined();
  });

  it.each<[JsonValue, Partial<GraphProblem>]>([
    [null, { code: 'graph_not_object', location: 'prompt' }],
    [[], { code: 'graph_not_object' }],
    ['{}', { code: 'graph_not_object' }],
    [{}, { code: 'graph_empty', location: 'prompt' }],
    [{ last_node_id: 3, nodes: [], links: [] }, { code: 'workflow_format_ui' }],
    [
      { '1': node({}), '2': 5 },
      { code: 'node_not_object', location: 'prompt.2', nodeId: '2' },
    ],
    [{ '1': [] }, { code: 'node_not_object' }],
    [{ '1': { inputs: {} } }, { code: 'class_type_missing', location: 'prompt.1.class_type' }],
    [{ '1': { class_type: 5, inputs: {} } }, { code: 'class_type_missing' }],
    [{ '1': { class_type: 'X' } }, { code: 'inputs_missing', location: 'prompt.1.inputs' }],
    [{ '1': node(null) }, { code: 'inputs_missing' }],
    [{ '1': node([]) }, { code: 'inputs_missing' }],
    [{ a: node({ x: ['1'] }) }, { code: 'bad_link', location: 'prompt.a.inputs.x', nodeId: 'a' }],
    [{ '1': node({ x: [] }) }, { code: 'bad_link' }],
    [{ '1': node({ x: [1, 0] }) }, { code: 'bad_link' }],
    [{ '1': node({ x: ['1', -1] }) }, { code: 'bad_link' }],
    [{ '1': node({ x: ['1', 0.5] }) }, { code: 'bad_link' }],
    [{ '1': node({ x: ['1', 2n ** 64n] }) }, { code: 'bad_link' }],
    [{ '1': node({ x: ['1', 0, 0] }) }, { code: 'bad_link' }],
  ])('describes %p', (graph, expected) => {
    expect(describeGraphProblem(graph)).toMatchObject(expected);
  });

  it('refuses a node that a copy of the graph would lose', () => {
    const node = '{"class_type": "X", "inputs": {}}';
    for (const key of ['__proto__', '\\u005f_proto__']) {
      expect(describeGraphProblem(parseJson(`{"1": ${node}, "${key}": ${node}}`))).toMatchObject({
        code: 'node_id_reserved',
        location: 'prompt.__proto__',
        nodeId: '__proto__',
      });
    }
  });

  it('does not take inherited properties for a node', () => {
    const inherits = Object.create({ class_type: 'X', inputs: {} }) as JsonValue;
    expect(describeGraphProblem({ '1': inherits })?.code).toBe('class_type_missing');
  });
});
