import { aPrompt, eventually, launch, type LaunchedGateway, type LogLine } from '@gateway/testing';

describe('the log at its usual level', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch({ env: { LOG_LEVEL: 'info' } });
  });

  afterAll(() => gateway.stop());

  it('tells where the gateway is and how ComfyUI comes up, and nothing of how Nest wires itself', async () => {
    const { logLines } = gateway.process;
    const { url } = gateway;
    const isReady = () => logLines.some(({ msg }) => msg === 'ComfyUI is ready');
    await eventually(isReady, 'the log has it');
    expect(logLines.find(({ msg }) => msg === 'listening')).toMatchObject({
      url,
      docs: `${url}/docs`,
    });
    expect(logLines.filter(({ context }) => context !== undefined)).toEqual([]);
  });

  it('tells why a job failed, and quotes no file that came with it', async () => {
    const { status } = await gateway.prompt(tooWideBlur(), { id: 'blurred' });

    expect(status).toBe(500);
    expect(await endOf('blurred')).toMatchObject({
      level: 50,
      to: 'failed',
      code: 'prompt.execution_failed',
      location: 'prompt.3',
      reason: expect.stringContaining('Node 3 (ImageBlur) failed') as string,
    });
  });

  it('is quiet about a job that its caller got wrong', async () => {
    const graph = aPrompt()
      .withNode('1', 'LoadImage', { image: 'http://127.0.0.1:1/cat.png?token=abc' })
      .build();

    const { status, json } = await gateway.prompt(graph, { id: 'wrong' });

    expect(status).toBe(400);
    expect(await endOf('wrong')).toMatchObject({
      level: 30,
      code: json.code,
      location: json.location,
    });
    expect(JSON.stringify(gateway.process.logLines)).not.toContain('token=abc');
  });

  function endOf(id: string): Promise<unknown> {
    const isIt = (line: LogLine): boolean =>
      line['msg'] === 'job' && line['jobId'] === id && line['to'] === 'failed';
    return eventually(() => gateway.process.logLines.find(isIt), 'the log has it');
  }
});

/** A blur that is wider than its picture. */
function tooWideBlur(): unknown {
  return aPrompt()
    .sized(4, 4)
    .withNode('3', 'ImageBlur', { image: ['1', 0], blur_radius: 31, sigma: 1 })
    .withNode('2', 'SaveImage', { images: ['3', 0], filename_prefix: 'x' })
    .build();
}
