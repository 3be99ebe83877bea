import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { launch, type LaunchedGateway } from '@gateway/testing';

const { version } = JSON.parse(
  readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'),
) as { readonly version: string };

describe('probes and docs', () => {
  let gateway: LaunchedGateway;

  beforeAll(async () => {
    gateway = await launch();
  });

  afterAll(() => gateway.stop());

  it('answers the classic probes with version and status', async () => {
    expect((await gateway.get('/health')).json).toEqual({ version, status: 'healthy' });
    expect((await gateway.get('/ready')).json).toEqual({ version, status: 'ready' });
  });

  it("answers Kubernetes' probes in Terminus form, with the phase of the engine", async () => {
    const [live, ready, startup] = await Promise.all(
      ['live', 'ready', 'startup'].map((probe) => gateway.get(`/health/${probe}`)),
    );

    expect(live?.json).toMatchObject({ status: 'ok', details: { gateway: { status: 'up' } } });
    expect(ready?.json).toMatchObject({
      status: 'ok',
      details: { queue: { status: 'up', depth: 0 }, comfyui: { status: 'up', phase: 'ready' } },
    });
    expect(startup?.json).toMatchObject({ details: { comfyui: { status: 'up' } } });
  });

  it('serves Swagger UI from itself, with nothing from elsewhere', async () => {
    const page = await (await fetch(`${gateway.url}/docs`)).text();
    expect(await (await fetch(gateway.url)).text()).toBe(page);

    expect(page).toContain('swagger-ui');
    expect(page).not.toMatch(/(?:src|href)="https?:/);
    const script = await fetch(`${gateway.url}/docs/swagger-ui-bundle.js`);
    expect(script.status).toBe(200);
  });

  it('documents every answer of every route with a schema, and errors with an example', async () => {
    const { json } = await gateway.get('/docs/json');
    const { paths } = json as unknown as { readonly paths: Paths };

    expect(Object.keys(paths).sort()).toEqual([
      '/api/v2/assets',
      '/api/v2/assets/by-hash/{hash}',
      '/api/v2/assets/from-hash',
      '/api/v2/assets/{id}',
      '/api/v2/assets/{id}/content',
      '/api/v2/jobs',
      '/api/v2/jobs/{id}',
      '/api/v2/jobs/{id}/cancel',
      '/api/v2/jobs/{id}/events',
      '/api/v2/jobs/{id}/workflow',
      '/health',
      '/health/live',
      '/health/ready',
      '/health/startup',
      '/interrupt',
      '/models',
      '/prompt',
      '/ready',
      '/workflows',
    ]);
    const prompt = paths['/prompt']!['post']!;
    expect(Object.keys(prompt.responses)).toEqual(
      expect.arrayContaining([
        '200',
        '400',
        '409',
        '413',
        '422',
        '429',
        '500',
        '502',
        '503',
        '504',
      ]),
    );
    for (const [status, response] of Object.entries(prompt.responses)) {
      const content = response.content['application/json'];
      expect([status, content?.schema]).toEqual([status, expect.any(Object)]);
      if (Number(status) >= 400)
        expect([status, content?.example]).toEqual([status, expect.any(Object)]);
    }
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('renders the same document at each boot, as JSON and as YAML', async () => {
    const other = await launch({ waitUntilReady: true });
    const texts = await Promise.all(
      [gateway, other].flatMap(({ url }) =>
        ['/docs/json', '/docs/yaml'].map(async (path) => (await fetch(url + path)).text()),
      ),
    );
    await other.stop();

    expect(texts[0]).toBe(texts[2]);
    expect(texts[1]).toBe(texts[3]);
    expect(texts[1]).toMatch(/^openapi: /);
  });
});

type Paths = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly operationId: string;
          readonly responses: Readonly<
            Record<
              string,
              {
                readonly content: Readonly<
                  Record<string, { readonly schema?: object; readonly example?: object }>
                >;
              }
            >
          >;
        }
      >
    >
  >
>;
