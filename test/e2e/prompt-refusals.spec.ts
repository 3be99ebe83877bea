import { aPrompt, launch, type LaunchedGateway } from '@gateway/testing';

describe('POST /prompt refuses what cannot run, and says where and why', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch({ env: { MAX_BODY_SIZE_MB: '1' } });
  });

  afterAll(() => gateway.stop());

  it('a body that is not JSON', async () => {
    const { status, json } = await gateway.post('/prompt', '{"prompt": ');

    expect(status).toBe(400);
    expect(json.error).toMatch(/not JSON we can read/);
  });

  it('a form, which is what curl sends unless it is told otherwise', async () => {
    const answer = await fetch(`${gateway.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '{"prompt":{}}',
    });

    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({
      code: 'request.unsupported_media_type',
      error: expect.stringContaining('Send it as content-type: application/json'),
    });
  });

  it('a node class that no custom node brings, with what helps', async () => {
    const { status, json } = await gateway.prompt({ '1': { class_type: 'Fancy', inputs: {} } });

    expect([status, json.location]).toEqual([400, 'prompt.1']);
    expect(json.error).toContain('no node class "Fancy": install the custom node');
  });

  it('a key that would vanish on the way', async () => {
    const graph = '{"__proto__":{"class_type":"SaveImage","inputs":{}}}';
    const { status, json } = await gateway.post('/prompt', `{"prompt":${graph}}`);

    expect(status).toBe(400);
    expect(json.error).toContain('__proto__');
  });

  it('thousands of wrong nodes, by the first of them', async () => {
    const graph = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [
        `n${index}`,
        { class_type: 'SaveImage', inputs: {} },
      ]),
    );
    const { status, json } = await gateway.prompt(graph);

    expect(status).toBe(400);
    expect(Object.keys(json.node_errors)).toHaveLength(100);
    expect(json.error).toContain('and more nodes');
  });

  it('a body without a prompt', async () => {
    const { status, json } = await gateway.post('/prompt', { id: 'no-prompt' });

    expect(status).toBe(400);
    expect(json.location).toBe('prompt');
  });

  it('a field nobody knows, by name', async () => {
    const { status, json } = await gateway.prompt(aPrompt().build(), { wehbook: 'https://x.test' });

    expect(status).toBe(400);
    expect(json.error).toContain('wehbook');
  });

  it.each(['.hidden', 'a/b', 'a b', '', 'x'.repeat(129)])('the id %j', async (id) => {
    const { status, json } = await gateway.prompt(aPrompt().build(), { id });

    expect(status).toBe(400);
    expect(json.location).toBe('id');
  });

  it('a workflow in UI format', async () => {
    const { status, json } = await gateway.prompt({ nodes: [], links: [], version: 0.4 });

    expect(status).toBe(422);
    expect(json.code).toBe('prompt.ui_format');
  });

  it('a node without inputs, which would kill the engine', async () => {
    const graph = { ...aPrompt().build(), lone: { class_type: 'EmptyImage' } };
    const { status, json } = await gateway.prompt(graph);

    expect(status).toBe(400);
    expect(json.location).toBe('prompt.lone.inputs');
  });

  it('a node without a class', async () => {
    const { status, json } = await gateway.prompt({ '1': { inputs: {} } });

    expect(status).toBe(400);
    expect(json.location).toBe('prompt.1.class_type');
  });

  it('a link of the wrong shape', async () => {
    const graph = aPrompt().withNode('2', 'SaveImage', {
      images: ['1', 0, 0],
      filename_prefix: 'x',
    });
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(400);
    expect(json.location).toBe('prompt.2.inputs.images');
  });

  it.each(['../../evil', '/etc/evil', 'C:\\evil', '..\\evil'])(
    'the filename prefix %j',
    async (prefix) => {
      const { status, json } = await gateway.prompt(aPrompt().savedAs(prefix).build());

      expect(status).toBe(400);
      expect(json.code).toBe('prompt.unsafe_path');
      expect(json.location).toBe('prompt.2.inputs.filename_prefix');
    },
  );

  it.each(['../secret.png', '/etc/passwd'])('the input file %j', async (image) => {
    const graph = aPrompt().withNode('1', 'LoadImage', { image });
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(400);
    expect(json.code).toBe('prompt.unsafe_path');
    expect(json.location).toBe('prompt.1.inputs.image');
  });

  it('base64 that is no picture, naming the node', async () => {
    const image = Buffer.from('no picture, but long enough to be meant as base64 '.repeat(4));
    const graph = aPrompt().withNode('1', 'LoadImage', { image: image.toString('base64') });
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(400);
    expect(json.code).toBe('input.unreadable');
    expect(json.location).toBe('prompt.1.inputs.image');
  });

  it("an input file that does not exist, in ComfyUI's words", async () => {
    const graph = aPrompt().withNode('1', 'LoadImage', { image: 'missing.png' });
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(400);
    expect(json.node_errors['1']?.errors[0]?.type).toBe('custom_validation_failed');
    expect(json.location).toBe('prompt.1.inputs.image');
  });

  it('a graph without an output node', async () => {
    const { status, json } = await gateway.prompt(aPrompt().unsaved().build());

    expect(status).toBe(400);
    expect(json.error).toMatch(/no outputs/);
  });

  it('an unknown node class, by its name', async () => {
    const graph = aPrompt().withNode('7', 'NoSuchNode', {});
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(400);
    expect(json.error).toContain('NoSuchNode');
    expect(json.location).toBe('prompt.7');
  });

  it.each([
    ['value_smaller_than_min', { width: 0 }],
    ['invalid_input_type', { width: 'abc' }],
    ['value_bigger_than_max', { width: 99_999 }],
    ['value_bigger_than_max', { width: 99_999_999_999_999_999_999n }],
  ])('a value that ComfyUI would refuse: %s', async (type, change) => {
    const inputs = { height: 64, batch_size: 1, color: 0, ...change };
    const { status, json } = await gateway.prompt(
      aPrompt().withNode('1', 'EmptyImage', inputs).build(),
    );

    expect(status).toBe(400);
    expect(json.node_errors['1']?.errors[0]?.type).toBe(type);
    expect(json.location).toBe('prompt.1.inputs.width');
  });

  it.each([-1, 18_446_744_073_709_551_616n])(
    'the seed %s, which is out of its bounds',
    async (seed) => {
      const { status, json } = await gateway.prompt(aPrompt().sampled({ seed }).build());

      expect(status).toBe(400);
      expect(json.location).toBe('prompt.13.inputs.seed');
      expect(json.node_errors['13']?.errors[0]?.type).toMatch(/^value_/);
    },
  );

  it('a graph of which only a part could run, instead of dropping the rest', async () => {
    const graph = aPrompt()
      .withNode('3', 'EmptyImage', { width: 0, height: 8, batch_size: 1, color: 0 })
      .withNode('4', 'SaveImage', { images: ['3', 0], filename_prefix: 'z' });
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(400);
    expect(Object.keys(json.node_errors)).toEqual(['3']);
  });

  it('a body over the limit', async () => {
    const { status, json } = await gateway.prompt(aPrompt().build(), {
      extra_data: { filler: 'x'.repeat(1_100_000) },
    });

    expect(status).toBe(413);
    expect(json.code).toBe('request.too_large');
  });

  it.each([
    [{ format: 'gif' }, 'convert_output.format'],
    [{ format: 'png', options: { quality: 400 } }, 'convert_output.options.quality'],
    [{ format: 'png', options: { lossless: true } }, 'convert_output.options'],
  ])('the conversion %j', async (convert_output, location) => {
    const { status, json } = await gateway.prompt(aPrompt().build(), { convert_output });

    expect(status).toBe(400);
    expect(json.location).toBe(location);
  });

  it('an id that is taken', async () => {
    const first = await gateway.prompt(aPrompt().build(), { id: 'taken' });
    const second = await gateway.prompt(aPrompt().build(), { id: 'taken' });

    expect(first.status).toBe(200);
    expect(second.status).toBe(409);
    expect(second.json.code).toBe('job.exists');
  });

  it('a failing node: which one, of what class, and its message', async () => {
    const graph = aPrompt()
      .sized(4, 4)
      .withNode('3', 'ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 1 })
      .withNode('2', 'SaveImage', { images: ['3', 0], filename_prefix: 'x' });
    const { status, json } = await gateway.prompt(graph.build());

    expect(status).toBe(500);
    expect(json.code).toBe('prompt.execution_failed');
    expect(json['execution']).toMatchObject({
      node_id: '3',
      class_type: 'ImageBlur',
      exception_type: 'RuntimeError',
      exception_message: expect.stringContaining('Padding size should be less'),
    });
  });

  it('never puts base64 or bodies into its log', async () => {
    const image = Buffer.from('X'.repeat(300)).toString('base64');
    await gateway.prompt(aPrompt().withNode('1', 'LoadImage', { image }).build());

    expect(JSON.stringify(gateway.process.logLines)).not.toContain(image.slice(0, 40));
  });
});
