import { aPrompt, eventually, launch, type LaunchedGateway } from '@gateway/testing';

interface EngineStats {
  readonly requests: Readonly<Record<string, number>>;
  readonly sockets: number;
  readonly prompts_run: number;
}

const JOBS = 60;

/** What jobs cost the engine, counted by the engine itself: no clock has a say in it. */
describe(`${JOBS} jobs of every kind at once`, () => {
  let gateway: LaunchedGateway;
  let stats: EngineStats;

  beforeAll(async () => {
    gateway = await launch();
    // The first job brings what is asked for once, such as what the engine's nodes are.
    await gateway.prompt(aPrompt().build());
    await fetch(`${gateway.engineUrl}/emulator/stats`, { method: 'DELETE' });
    const before = (await engineStats()).prompts_run;
    await Promise.all(Array.from({ length: JOBS }, (_, n) => runOne(n)));
    await eventually(
      async () => (await engineStats()).prompts_run - before === JOBS,
      'all prompts have run',
    );
    stats = await engineStats();
  }, 60_000);

  afterAll(() => gateway.stop());

  it('are each posted once', () => {
    expect(stats.requests['POST /prompt']).toBe(JOBS);
  });

  it('make the engine answer no more than one other request each', () => {
    const all = Object.values(stats.requests).reduce((total, count) => total + count, 0);
    expect(all - JOBS).toBeLessThanOrEqual(JOBS);
  });

  it('are all followed on one socket, watchers included', () => {
    expect(stats.sockets).toBe(1);
  });

  async function engineStats(): Promise<EngineStats> {
    return (await (await fetch(`${gateway.engineUrl}/emulator/stats`)).json()) as EngineStats;
  }

  async function runOne(n: number): Promise<void> {
    const graph = aPrompt().sampled({ seed: n, steps: 3 }).build();
    switch (n % 3) {
      case 0:
        expect((await gateway.prompt(graph)).status).toBe(200);
        return;
      case 1:
        return watch((await gateway.post('/api/v2/jobs', { workflow: graph })).json.id);
      default:
        expect((await gateway.prompt(graph, { convert_output: { format: 'webp' } })).status).toBe(
          200,
        );
    }
  }

  async function watch(id: string): Promise<void> {
    const events = await fetch(`${gateway.url}/api/v2/jobs/${id}/events`);
    expect(await events.text()).toContain('"status":"succeeded"');
  }
});
