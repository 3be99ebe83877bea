import {
  aPrompt,
  eventually,
  launch,
  WebServer,
  type LaunchedGateway,
  type ReceivedCall,
} from '@gateway/testing';

const HERE = { URL_ALLOW_PRIVATE_NETWORKS: 'true' };

let gateway: LaunchedGateway;
let receiver: WebServer;

beforeEach(async () => {
  receiver = await WebServer.start();
  gateway = await launch({ env: HERE, emulator: ['--step-ms', '50'] });
});

afterEach(async () => {
  await gateway.stop();
  await receiver.stop();
});

const quick = () => aPrompt().build();
const slow = () => aPrompt().sampled({ steps: 400 }).build();

async function submit(workflow: unknown, fields: object): Promise<string> {
  const { status, json } = await gateway.post('/api/v2/jobs', { workflow, ...fields });
  expect(status).toBe(201);
  return json.id;
}

async function outputsOf(id: string): Promise<readonly unknown[]> {
  return (await gateway.get(`/api/v2/jobs/${id}`)).json.outputs;
}

const heard = ({ json }: ReceivedCall) => `${String(json['id'])} ${String(json['type'])}`;

describe('`webhook_url` of a job', () => {
  it('leaves its outputs where they are, unless they are not to be kept', async () => {
    const webhook_url = receiver.url();
    const taken = await submit(quick(), { webhook_url, keep: false });
    await eventually(() => receiver.calls.length === 1, 'the first is delivered');
    await eventually(async () => (await outputsOf(taken)).length === 0, 'its outputs go');
    const kept = await submit(quick(), { webhook_url });
    await eventually(() => receiver.calls.length === 2, 'the second is delivered');
    // Deliveries are seen to in their order, and this one comes after it.
    await submit(quick(), { webhook_url, keep: false });
    await eventually(() => receiver.calls.length === 3, 'the third is delivered');
    expect(await outputsOf(kept)).toHaveLength(1);
  });

  it('is told only of the outcomes that it named', async () => {
    const webhook_url = receiver.url();
    const failures = { webhook_url, webhook_events: ['prompt.failed'], keep: false };
    const unheard = await submit(quick(), failures);
    const running = await submit(slow(), failures);
    await eventually(async () => {
      const { json } = await gateway.get(`/api/v2/jobs/${unheard}`);
      return json['status'] === 'succeeded';
    }, 'the first has ended');
    await gateway.post(`/api/v2/jobs/${running}/cancel`, {});
    const last = await submit(quick(), { webhook_url, webhook_events: ['prompt.complete'] });
    await eventually(() => receiver.calls.length >= 2, 'both are told');
    expect(receiver.calls.map(heard).sort()).toEqual(
      [`${running} prompt.failed`, `${last} prompt.complete`].sort(),
    );
    expect(await outputsOf(unheard)).toHaveLength(1);
  });

  it.each([
    ['no event of ours', { webhook_events: ['prompt.started'] }, 'webhook_events.0'],
    ['none at all', { webhook_events: [] }, 'webhook_events'],
    ['events without an address', { webhook_url: undefined }, 'webhook_events'],
  ])('is refused with %s', async (_, fields, field) => {
    const { status, json } = await gateway.post('/api/v2/jobs', {
      workflow: quick(),
      webhook_url: receiver.url(),
      webhook_events: ['prompt.failed'],
      ...fields,
    });
    expect(status).toBe(422);
    expect(json.error).toMatchObject({ details: { fields: [{ field }] } });
  });

  it('gets the same message, and none it did not name, from the next life of the gateway', async () => {
    receiver.always(() => undefined);
    const webhook_url = receiver.url();
    const done = await submit(quick(), { webhook_url, webhook_events: ['prompt.complete'] });
    const canceled = await submit(slow(), { webhook_url, webhook_events: ['prompt.failed'] });
    await gateway.post(`/api/v2/jobs/${canceled}/cancel`, {});
    await eventually(() => receiver.calls.length === 2, 'both were sent');
    const before = receiver.calls.splice(0);

    const { workspace, ports } = gateway;
    gateway.process.signal('SIGKILL');
    await gateway.process.exited;
    receiver.always(200);
    gateway = await launch({ env: HERE, workspace, ports });
    await eventually(() => receiver.calls.length === 2, 'both are sent again');
    const message = ({ headers, body }: ReceivedCall) =>
      `${String(headers['webhook-id'])} ${body.toString()}`;
    expect(receiver.calls.map(message).sort()).toEqual(before.map(message).sort());
    expect(receiver.calls.map(heard).sort()).toEqual(
      [`${done} prompt.complete`, `${canceled} prompt.failed`].sort(),
    );
  });
});
