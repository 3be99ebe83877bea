import type { JsonObject, PromptGraph } from '@gateway/comfy-protocol';

import { nodeByNode, type GraphPreprocessor } from './graph-preprocessor';
import { GraphPreprocessors } from './graph-preprocessors';
import { PromptRejectedError } from './prompt.errors';

const GRAPH: PromptGraph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 8, seed: 18446744073709551615n } },
  '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'a' } },
};

function aJob(signal = new AbortController().signal) {
  return { id: 'a', extraData: {}, signal };
}

/** Writes its name behind the prefix, into the graph that it was given. */
function signing(name: string): GraphPreprocessor {
  return {
    preprocess: (graph) => {
      const { inputs } = graph['2']!;
      (inputs as Record<string, unknown>)['filename_prefix'] =
        `${inputs['filename_prefix'] as string}${name}`;
      return graph;
    },
  };
}

function preprocessorsOf(...all: readonly GraphPreprocessor[]): GraphPreprocessors {
  const preprocessors = new GraphPreprocessors(50);
  all.forEach((preprocessor, at) => preprocessors.add(`No${at}`, preprocessor));
  return preprocessors;
}

describe('preprocessors of graphs', () => {
  it('see the graph in order, and none of them changes the graph of the job', async () => {
    const before = structuredClone(GRAPH);
    const preprocessors = preprocessorsOf(signing('b'), signing('c'));

    const graph = await preprocessors.apply(GRAPH, aJob(), {});

    expect(graph['2']?.inputs['filename_prefix']).toBe('abc');
    expect(graph['1']).toEqual(GRAPH['1']);
    expect(GRAPH).toEqual(before);
  });

  it('may be of nodes: those of their types, one by one', async () => {
    const seen: string[] = [];
    const wide = nodeByNode(['EmptyImage'], {
      preprocess: (node, { nodeId }) => {
        seen.push(nodeId);
        return { ...node, inputs: { ...node.inputs, width: 16 } };
      },
    });

    const graph = await preprocessorsOf(wide).apply(GRAPH, aJob(), {});

    expect(seen).toEqual(['1']);
    expect(graph).toEqual({
      ...GRAPH,
      '1': { ...GRAPH['1'], inputs: { width: 16, seed: 2n ** 64n - 1n } },
    });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
      'The preprocessor No0 failed: no',
    ],
    ['rejects', () => Promise.reject(new Error('later')), 'The preprocessor No0 failed: later'],
    [
      'never answers',
      () => new Promise<never>(() => undefined),
      'No0 failed: it took longer than 0.05 s',
    ],
    ['answers nothing', () => undefined, 'The preprocessor No0 failed: '],
    ['leads out of the folder', () => withPrefix('../../x'), 'The preprocessor No0 failed: '],
  ])('fail by name when one %s', async (_how, preprocess, message) => {
    const preprocessors = preprocessorsOf({ preprocess } as unknown as GraphPreprocessor);
    await expect(preprocessors.apply(GRAPH, aJob(), {})).rejects.toMatchObject({
      code: 'prompt.preprocessing_failed',
      message: expect.stringContaining(message),
    });
  });

  it('may refuse a prompt in words of their own', async () => {
    const refusal = new PromptRejectedError('prompt.refused', 'too large', 'prompt.1');
    const preprocessors = preprocessorsOf({ preprocess: () => Promise.reject(refusal) });
    await expect(preprocessors.apply(GRAPH, aJob(), {})).rejects.toBe(refusal);
  });

  it('hold up no job that was canceled', async () => {
    const cancel = new AbortController();
    const canceled = new Error('canceled');
    const preprocessors = preprocessorsOf({
      preprocess: () => new Promise<never>(() => undefined),
    });
    const applied = preprocessors.apply(GRAPH, aJob(cancel.signal), {});
    cancel.abort(canceled);
    await expect(applied).rejects.toBe(canceled);
  });
});

function withPrefix(prefix: string): PromptGraph {
  const inputs: JsonObject = { ...GRAPH['2']!.inputs, filename_prefix: prefix };
  return { ...GRAPH, '2': { class_type: 'SaveImage', inputs } };
}
