import type { JsonObject, JsonValue } from './json';
import type { InputConfig, NodeClassInfo, ObjectInfo } from './object-info';
import type { NodeInputError } from './prompt-errors';
import { validatePrompt, type ValidationResult } from './prompt.validator';
import type { ValidationRules } from './validation-rules';

type Inputs = Readonly<Record<string, InputConfig>>;

function aClass(
  output: readonly JsonValue[],
  required: Inputs,
  optional: Inputs = {},
): NodeClassInfo {
  return { name: '', input: { required, optional }, output, output_node: false };
}

const MAX_SEED = 18446744073709551615n;
const many = Array.from({ length: 57 }, (_, index) => `m${index}`);

const OBJECT_INFO: ObjectInfo = {
  Show: { ...aClass([], {}, { it: ['*'], also: ['*'] }), output_node: true },
  Save: { ...aClass([], { images: ['IMAGE'] }), output_node: true },
  Image: aClass(['IMAGE', 'MASK'], { width: ['INT', { min: 1, max: 64 }] }),
  Pass: aClass(['IMAGE'], { image: ['IMAGE'] }),
  Nothing: aClass(['IMAGE'], {}),
  Noise: aClass(['IMAGE'], { seed: ['INT', { min: 0, max: MAX_SEED }] }),
  Literals: aClass(
    ['IMAGE'],
    {},
    {
      int: ['INT'],
      float: ['FLOAT', { min: 0, max: 1 }],
      text: ['STRING'],
      flag: ['BOOLEAN'],
      combo: [['a', 'b']],
      long: [many],
      v3: ['COMBO', { options: ['a', 'b'] }],
      multi: ['COMBO', { options: ['a', 'b'], multiselect: true }],
      slider: ['SLIDER', { min: 0 }],
    },
  ),
  Union: aClass(['INT,IMAGE'], {}, { in: ['FLOAT, INT'], list: [['a', 'b']] }),
  Lists: aClass([['a', 'b'], '*'], {}),
  Dynamic: aClass(['IMAGE'], {
    model: ['COMFY_DYNAMICCOMBO_V3', {}],
    images: ['COMFY_AUTOGROW_V3'],
  }),
};

function validate(prompt: JsonValue, rules?: ValidationRules): ValidationResult {
  return validatePrompt(prompt, OBJECT_INFO, rules);
}

/** Validates one node that an output shows. */
function validateNode(
  classType: string,
  inputs: JsonObject,
  rules?: ValidationRules,
): ValidationResult {
  return validate(
    {
      '1': { class_type: classType, inputs },
      '2': { class_type: 'Show', inputs: { it: ['1', 0] } },
    },
    rules,
  );
}

function errorsOf(result: ValidationResult, id = '1'): readonly NodeInputError[] {
  return result.nodeErrors[id]?.errors ?? [];
}

describe('the first walk', () => {
  it.each<[JsonValue, string, string]>([
    [null, 'the prompt is not an object of nodes', ''],
    [[], 'the prompt is not an object of nodes', ''],
    [
      { last_node_id: 3, nodes: [], links: [] },
      'a node is not an object',
      "Node ID '#last_node_id'",
    ],
    [{ nodes: [], links: [] }, 'a node is missing the class_type property', "Node ID '#nodes'"],
    [{ a: {} }, 'a node is missing the class_type property', "Node ID '#a'"],
    [{ a: { class_type: 5 } }, 'node 5 does not exist', "Node ID '#a'"],
    [{ a: { class_type: 'constructor' } }, 'node constructor does not exist', "Node ID '#a'"],
    [{ a: { class_type: 'No' }, b: {} }, 'node No does not exist', "Node ID '#a'"],
  ])('refuses %j', (prompt, reason, details) => {
    expect(validate(prompt)).toEqual({
      outcome: 'invalid',
      nodeErrors: {},
      error: {
        type: 'invalid_prompt',
        message: `Cannot execute because ${reason}.`,
        details,
        extra_info: {},
      },
    });
  });

  it('speaks of missing_node_type where the engine does', () => {
    const rules = { reportsMissingNodeType: true };
    const node = { class_type: 'No', _meta: { title: 'Mine' } };
    expect(validate({ '7': node }, rules)).toMatchObject({
      error: {
        type: 'missing_node_type',
        message: "Node 'Mine' not found. The custom node may not be installed.",
        details: "Node ID '#7'",
        extra_info: { node_id: '7', class_type: 'No', node_title: 'Mine' },
      },
    });
    expect(validate({ '7': {} }, rules)).toMatchObject({
      error: {
        message:
          "Node 'ID #7' has no class_type. The workflow may be corrupted or a custom node is missing.",
        extra_info: { node_id: '7', class_type: null, node_title: null },
      },
    });
  });

  it('finds no outputs in an empty graph, and none outside the targets', () => {
    const show = { class_type: 'Show', inputs: {} };
    expect(validate({})).toMatchObject({ error: { type: 'prompt_no_outputs' } });
    expect(validate({ '1': show }, { targets: ['2'] })).toMatchObject({
      error: { type: 'prompt_no_outputs' },
    });
    expect(validate({ '1': show, '2': show }, { targets: ['2'] })).toMatchObject({
      outputs: ['2'],
    });
  });

  it('never looks at nodes that no output needs', () => {
    const prompt = {
      '1': { class_type: 'Show', inputs: {} },
      '2': { class_type: 'Image', inputs: { width: 'abc' } },
      '3': { class_type: 'Image' },
    };
    expect(validate(prompt)).toMatchObject({ outcome: 'valid', nodeErrors: {} });
  });
});

describe('literals', () => {
  it('are converted as Python does, and written back', () => {
    const inputs = {
      int: '16',
      float: '0.5',
      text: null,
      flag: 'false',
      other: 'kept',
      combo: { __value__: 'a' },
    };
    const result = validateNode('Literals', inputs);
    expect(result).toMatchObject({
      outcome: 'valid',
      prompt: {
        '1': {
          inputs: { int: 16, float: 0.5, text: 'None', flag: true, other: 'kept', combo: 'a' },
        },
      },
    });
    expect(inputs.int).toBe('16');
  });

  it('keep their nodes when nothing changes', () => {
    const node = { class_type: 'Literals', inputs: { int: 16 }, _meta: { title: 'x' } };
    const result = validate({ '1': node, '2': { class_type: 'Show', inputs: { it: ['1', 0] } } });
    expect(result.outcome === 'valid' && result.prompt['1']).toBe(node);
  });

  it.each<[string, JsonValue, string, string]>([
    ['int', '1.5', 'INT', "invalid literal for int() with base 10: '1.5'"],
    [
      'int',
      { a: 1 },
      'INT',
      "int() argument must be a string, a bytes-like object or a real number, not 'dict'",
    ],
    ['float', 'abc', 'FLOAT', "could not convert string to float: 'abc'"],
  ])('refuses %s: %j in the words of Python', (name, value, type, text) => {
    const [error] = errorsOf(validateNode('Literals', { [name]: value }));
    expect(error).toMatchObject({
      type: 'invalid_input_type',
      message: `Failed to convert an input value to a ${type} value`,
      extra_info: { input_name: name, received_value: value, exception_message: text },
    });
    expect(error?.details.startsWith(`${name}, `)).toBe(true);
    expect(error?.details.endsWith(`, ${text}`)).toBe(true);
  });

  it('are held to bounds beyond 2^53', () => {
    expect(validateNode('Noise', { seed: MAX_SEED }).outcome).toBe('valid');
    expect(validateNode('Noise', { seed: String(MAX_SEED) })).toMatchObject({
      prompt: { '1': { inputs: { seed: MAX_SEED } } },
    });
    expect(errorsOf(validateNode('Noise', { seed: MAX_SEED + 1n }))[0]?.message).toBe(
      'Value 18446744073709551616 bigger than max of 18446744073709551615',
    );
  });

  it('show floats in bounds as Python writes them', () => {
    expect(errorsOf(validateNode('Literals', { float: -1 }))[0]?.message).toBe(
      'Value -1.0 smaller than min of 0.0',
    );
  });

  it('raise where a bound cannot be compared', () => {
    expect(errorsOf(validateNode('Literals', { slider: 'x' }))).toMatchObject([
      {
        type: 'exception_during_inner_validation',
        details: "'<' not supported between instances of 'str' and 'int'",
        extra_info: { exception_type: 'TypeError', input_name: 'it', linked_node: ['1', 0] },
      },
    ]);
  });

  it('are looked up in short and in long lists', () => {
    expect(errorsOf(validateNode('Literals', { combo: 'zzz' }))).toMatchObject([
      { details: "combo: 'zzz' not in ['a', 'b']", extra_info: { input_config: [['a', 'b'], {}] } },
    ]);
    expect(errorsOf(validateNode('Literals', { long: 5 }))).toMatchObject([
      { details: "long: '5' not in (list of length 57)", extra_info: { input_config: null } },
    ]);
  });

  it('are looked up in V3 lists only where the engine does', () => {
    const rules = { checksV3Combos: true };
    expect(validateNode('Literals', { v3: 'zzz' }).outcome).toBe('valid');
    expect(errorsOf(validateNode('Literals', { v3: 'zzz' }, rules))[0]?.details).toBe(
      "v3: 'zzz' not in ['a', 'b']",
    );
    const multi = (value: JsonValue): ValidationResult =>
      validateNode('Literals', { multi: { __value__: value } }, rules);
    expect(multi(['b', 'a']).outcome).toBe('valid');
    expect(errorsOf(multi(['a', 'x', 'y']))[0]?.details).toBe("multi: 'x', 'y' not in ['a', 'b']");
  });

  it("are the class's own business where it checks them itself", () => {
    const answering = (answer: true | string | undefined): ValidationRules => ({
      customCheck: ({ input }) => (input === 'width' ? answer : undefined),
    });
    expect(validateNode('Image', { width: 99 }, answering(true)).outcome).toBe('valid');
    expect(errorsOf(validateNode('Image', { width: 99 }, answering(undefined)))).toHaveLength(1);
    expect(errorsOf(validateNode('Image', { width: 9 }, answering('')))[0]?.details).toBe('width');
    expect(errorsOf(validateNode('Image', { width: 9 }, answering('bad')))).toMatchObject([
      { type: 'custom_validation_failed', details: 'width - bad' },
    ]);
    expect(validateNode('Image', { width: 99 }, { checksBounds: () => false }).outcome).toBe(
      'valid',
    );
  });

  it('do not come back whole when they are files', () => {
    const [error] = errorsOf(validateNode('Image', { width: 'A'.repeat(5_000_000) }));
    expect(JSON.stringify(error).length).toBeLessThan(50_000);
  });
});

describe('inputs', () => {
  it('are missed when they are required, and only then', () => {
    expect(errorsOf(validateNode('Image', {}))).toEqual([
      {
        type: 'required_input_missing',
        message: 'Required input is missing',
        details: 'width',
        extra_info: { input_name: 'width' },
      },
    ]);
    expect(validateNode('Literals', {}).outcome).toBe('valid');
  });

  it('may come under dotted names where they are dynamic', () => {
    expect(validateNode('Dynamic', { 'model.width': 5, 'images.image0': ['1', 0] }).outcome).toBe(
      'valid',
    );
  });

  it('are names like any other when they are called __proto__', () => {
    const inputs = JSON.parse('{"__proto__": {"width": 5}}') as JsonObject;
    expect(errorsOf(validateNode('Image', inputs))[0]?.type).toBe('required_input_missing');
  });

  it.each<[JsonObject, string, string]>([
    [{}, 'KeyError', "'inputs'"],
    [{ inputs: null }, 'TypeError', "argument of type 'NoneType' is not iterable"],
  ])('blow up in a node that has only %j', (node, type, text) => {
    expect(validate({ '1': { class_type: 'Save', ...node } })).toMatchObject({
      error: { details: `Exception when validating node: ${text}` },
      nodeErrors: { '1': { errors: [{ details: text, extra_info: { exception_type: type } }] } },
    });
  });
});

describe('links', () => {
  it.each<[JsonValue, string, string]>([
    [['99', 0], 'KeyError', "'99'"],
    [[99, 0], 'KeyError', '99'],
    [[null, 0], 'KeyError', 'None'],
    [[['1'], 0], 'TypeError', "unhashable type: 'list'"],
    [['1', 2], 'IndexError', 'tuple index out of range'],
    [['1', -3], 'IndexError', 'tuple index out of range'],
    [['1', 2n ** 64n], 'IndexError', "cannot fit 'int' into an index-sized integer"],
    [['1', '0'], 'TypeError', 'tuple indices must be integers or slices, not str'],
    [['1', 0.5], 'TypeError', 'tuple indices must be integers or slices, not float'],
    [['constructor', 0], 'KeyError', "'constructor'"],
  ])('blow up at %j', (link, type, text) => {
    const result = validate({
      '1': { class_type: 'Image', inputs: { width: 8 } },
      '2': { class_type: 'Save', inputs: { images: link } },
    });
    expect(result.nodeErrors['2']).toEqual({
      class_type: 'Save',
      dependent_outputs: ['2'],
      errors: [
        {
          type: 'exception_during_validation',
          message: 'Exception when validating node',
          details: text,
          extra_info: { exception_type: type, traceback: [] },
        },
      ],
    });
  });

  it('blow up one link further down, on the node that did', () => {
    const result = validate({
      '1': { class_type: 'Pass', inputs: { image: ['99', 0] } },
      '2': { class_type: 'Save', inputs: { images: ['1', 0] } },
    });
    expect(result).toMatchObject({ error: { details: '' } });
    expect(Object.keys(result.nodeErrors)).toEqual(['1']);
    expect(errorsOf(result)).toEqual([
      {
        type: 'exception_during_inner_validation',
        message: 'Exception when validating inner node',
        details: "'99'",
        extra_info: {
          input_name: 'images',
          input_config: ['IMAGE', {}],
          exception_message: "'99'",
          exception_type: 'KeyError',
          traceback: [],
          linked_node: ['1', 0],
        },
      },
    ]);
  });

  it('count negative slots from the end, and True as one', () => {
    for (const slot of [-1, true]) {
      const result = validate({
        '1': { class_type: 'Image', inputs: { width: 8 } },
        '2': { class_type: 'Save', inputs: { images: ['1', slot] } },
      });
      expect(errorsOf(result, '2')[0]?.details).toBe(
        'images, received_type(MASK) mismatch input_type(IMAGE)',
      );
    }
  });

  it.each<[string, string, string, number]>([
    ['a type in common', 'in', 'Union', 0],
    ['any type given', 'in', 'Lists', 1],
    ['equal lists', 'list', 'Lists', 0],
  ])('meet with %s', (_name, input, source, slot) => {
    const result = validate({
      '1': { class_type: source, inputs: {} },
      '2': { class_type: 'Union', inputs: { [input]: ['1', slot] } },
      '3': { class_type: 'Show', inputs: { it: ['2', 0] } },
    });
    expect(result.outcome).toBe('valid');
  });

  it('do not meet with a list of another type', () => {
    const mismatch = validate({
      '1': { class_type: 'Lists', inputs: {} },
      '2': { class_type: 'Save', inputs: { images: ['1', 0] } },
    });
    expect(errorsOf(mismatch, '2')[0]?.details).toBe(
      "images, received_type(['a', 'b']) mismatch input_type(IMAGE)",
    );
  });

  it('may have any type and slot where the class hides its own', () => {
    const prompt = {
      '1': { class_type: 'Lists', inputs: {} },
      '2': { class_type: 'Save', inputs: { images: ['1', 5] } },
    };
    const rules = { checksLinks: (classType: string): boolean => classType !== 'Lists' };
    expect(validate(prompt, rules).outcome).toBe('valid');
    expect(validate(prompt).outcome).toBe('invalid');
  });
});

describe('several outputs', () => {
  const bad = { class_type: 'Image', inputs: { width: 0 } };

  it('run in part, with the errors of the rest', () => {
    const result = validate({
      '1': bad,
      '2': { class_type: 'Save', inputs: { images: ['1', 0] } },
      '3': { class_type: 'Show', inputs: {} },
    });
    expect(result).toMatchObject({ outcome: 'valid', outputs: ['3'] });
    expect(result.nodeErrors['1']?.dependent_outputs).toEqual(['2']);
  });

  it('share the errors of a node they both need', () => {
    const result = validate({
      '1': bad,
      '2': { class_type: 'Save', inputs: { images: ['1', 0] } },
      '3': { class_type: 'Show', inputs: { it: ['1', 0] } },
    });
    expect(result.nodeErrors).toMatchObject({ '1': { dependent_outputs: ['2', '3'] } });
    expect(errorsOf(result)).toHaveLength(1);
  });

  it("have their own errors in the answer's details, one a line", () => {
    const result = validate({
      '1': { class_type: 'Save', inputs: {} },
      '2': { class_type: 'Save', inputs: { images: ['1'] } },
    });
    expect(result).toMatchObject({
      error: {
        details:
          'Required input is missing: images\nBad linked input, must be a length-2 list of [node_id, slot_index]: images',
      },
    });
  });

  it('do not square the answer', () => {
    const outputs = Array.from({ length: 3000 }, (_, index) => [
      `n${index}`,
      { class_type: 'Save', inputs: {} },
    ]);
    const result = validate(Object.fromEntries(outputs) as JsonObject);
    expect(Object.keys(result.nodeErrors)).toHaveLength(3000);
    expect(JSON.stringify(result).length).toBeLessThan(10_000_000);
  });

  it('report no more nodes than they are asked for, whatever the verdict', () => {
    const bad = Array.from({ length: 40_000 }, (_, index): [string, JsonValue] => [
      `n${index}`,
      { class_type: 'Save', inputs: {} },
    ]);
    const refused = validate(Object.fromEntries(bad), { maxReportedNodes: 100 });
    expect(refused.outcome).toBe('invalid');
    expect(Object.keys(refused.nodeErrors)).toEqual(bad.slice(0, 100).map(([id]) => id));
    expect(refused.outcome === 'invalid' && refused.error.details.split('\n')).toHaveLength(100);
    expect(JSON.stringify(refused).length).toBeLessThan(200_000);

    const good = {
      '1': { class_type: 'Nothing', inputs: {} },
      '2': { class_type: 'Save', inputs: { images: ['1', 0] } },
    };
    const partly = validate({ ...Object.fromEntries(bad), ...good }, { maxReportedNodes: 1 });
    expect(partly).toMatchObject({ outcome: 'valid', outputs: ['2'] });
    expect(Object.keys(partly.nodeErrors)).toEqual(['n0']);
  });
});

describe('cycles', () => {
  const cycle = {
    '1': { class_type: 'Pass', inputs: { image: ['2', 0] } },
    '2': { class_type: 'Pass', inputs: { image: ['1', 0] } },
    '3': { class_type: 'Show', inputs: { it: ['1', 0] } },
  };

  it('are refused without a word, as in 0.3.64', () => {
    expect(validate(cycle)).toEqual({
      outcome: 'invalid',
      nodeErrors: {},
      error: {
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        details: '',
        extra_info: {},
      },
    });
  });

  it('are named where the engine does', () => {
    const result = validate(cycle, { reportsCycles: true });
    expect(Object.keys(result.nodeErrors)).toEqual(['1', '2']);
    expect(errorsOf(result)).toEqual([
      {
        type: 'dependency_cycle',
        message: 'Dependency cycle detected',
        details: '1 (Pass) -> 2 (Pass) -> 1 (Pass)',
        extra_info: { node_id: '1', cycle_nodes: ['1', '2'] },
      },
    ]);
  });

  it('may be as short as one node', () => {
    const self = { '1': { class_type: 'Pass', inputs: { image: ['1', 0] } } };
    const result = validate({ ...self, '2': { class_type: 'Save', inputs: { images: ['1', 0] } } });
    expect(result).toMatchObject({ outcome: 'invalid', nodeErrors: {} });
  });
});

describe('large graphs', () => {
  function chain(length: number, first: JsonValue): JsonObject {
    const nodes = Array.from({ length }, (_, index): [string, JsonValue] => [
      `n${index}`,
      index === 0 ? first : { class_type: 'Pass', inputs: { image: [`n${index - 1}`, 0] } },
    ]);
    const save = { class_type: 'Save', inputs: { images: [`n${length - 1}`, 0] } };
    return { out: save, ...Object.fromEntries(nodes) };
  }

  it('may be chains of 20,000 nodes', () => {
    expect(validate(chain(20_000, { class_type: 'Nothing', inputs: {} })).outcome).toBe('valid');
    const broken = validate(chain(20_000, { class_type: 'Image', inputs: {} }));
    expect(Object.keys(broken.nodeErrors)).toEqual(['n0']);
    const closed = { class_type: 'Pass', inputs: { image: ['n19999', 0] } };
    expect(validate(chain(20_000, closed))).toMatchObject({ outcome: 'invalid', nodeErrors: {} });
  });

  it('may be all wrong: each of 40,000 bad outputs is named by a bounded list', () => {
    const graph = Object.fromEntries(
      Array.from({ length: 40_000 }, (_, index) => [
        `n${index}`,
        { class_type: 'Save', inputs: {} },
      ]),
    );
    const { nodeErrors } = validate(graph);
    expect(Object.keys(nodeErrors)).toHaveLength(40_000);
    expect(nodeErrors['n0']?.dependent_outputs).toHaveLength(100);
    expect(nodeErrors['n39999']?.dependent_outputs).toEqual(['n39999']);
  });

  it('are walked once per node, however often a node is linked', () => {
    const layers = Array.from({ length: 60 }, (_, index): [string, JsonValue] => {
      const source = [`l${index - 1}`, 0];
      const inputs = index === 0 ? {} : { it: source, also: source };
      return [`l${index}`, { class_type: 'Fork', inputs }];
    });
    const forks: ObjectInfo = {
      ...OBJECT_INFO,
      Fork: aClass(['IMAGE'], {}, { it: ['IMAGE'], also: ['IMAGE'] }),
    };
    const show = { class_type: 'Show', inputs: { it: ['l59', 0] } };
    const prompt = { ...Object.fromEntries(layers), show };
    expect(validatePrompt(prompt, forks).outcome).toBe('valid');
  });
});
