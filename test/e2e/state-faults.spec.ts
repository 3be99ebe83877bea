import { join } from 'node:path';

import { aPrompt, launch, type Answer } from '@gateway/testing';

import { ApiV2Client, quick } from '../api-v2-client';
import { schemaViolations } from '../comfy-api-v2';
import { limitFiles, mayLimitFiles, SmallDisk } from '../failing-disk';

interface Fault {
  readonly stateDir: string | undefined;
  begin(api: ApiV2Client): void;
  end(api: ApiV2Client): void;
  /** What the doors say of it: of jobs, of files. */
  readonly reasons: readonly [string, string];
  remove(): void;
}

function fullDisk(): Fault {
  const disk = new SmallDisk();
  return {
    stateDir: join(disk.folder, 'state'),
    begin: () => disk.fill(),
    end: () => disk.free(),
    reasons: ['the disk is full', 'the disk is full'],
    remove: () => disk.remove(),
  };
}

function diskThatTakesNothing(): Fault {
  return {
    stateDir: undefined,
    begin: ({ gateway }) => limitFiles(gateway.process.pid, 0),
    end: ({ gateway }) => limitFiles(gateway.process.pid, 'unlimited'),
    reasons: [
      'reading or writing its file failed',
      'the file is larger than its file system takes',
    ],
    remove: () => undefined,
  };
}

/** Each where the machine lets us: the first asks for the right to mount, the second for Linux. */
const FAULTS = [
  ['a full disk', SmallDisk.isPossible, fullDisk],
  ['a disk that takes nothing', mayLimitFiles, diskThatTakesNothing],
] as const;

for (const [name, isPossible, make] of FAULTS) {
  (isPossible ? describe : describe.skip)(`${name} below the state`, () => {
    let fault: Fault;
    let api: ApiV2Client;

    beforeAll(async () => {
      fault = make();
      const env = fault.stateDir === undefined ? {} : { STATE_DIR: fault.stateDir };
      api = new ApiV2Client(await launch({ env }));
    });

    afterAll(async () => {
      await api.gateway.stop();
      fault.remove();
    });

    it('is told at every door that takes something in; what was kept stays, and all goes on after it', async () => {
      const [ofJobs, ofFiles] = fault.reasons;
      const { id } = await api.submit(quick());
      const [output] = (await api.until(id, 'succeeded')).outputs;
      const picture = await api.uploadPicture();

      fault.begin(api);
      refusedBy('/api/v2', ofJobs, await submitLarge());
      refusedBy('/api/v2', ofFiles, await upload());
      const prompt = await api.gateway.prompt(large(), { id: 'sync' });
      refusedBy('/prompt', ofJobs, prompt);
      expect((await api.read(id)).outputs).toHaveLength(1);
      expect((await fetch(output?.url ?? '')).status).toBe(200);
      expect((await api.gateway.get(`/api/v2/assets/${picture}`)).status).toBe(200);
      expect((await api.gateway.get('/api/v2/jobs/sync')).status).toBe(404);

      fault.end(api);
      const next = await api.submit(large());
      await api.until(next.id, 'succeeded');
      expect((await upload()).status).toBe(201);
    });

    const submitLarge = () => api.gateway.post('/api/v2/jobs', { workflow: large() });

    function upload(): Promise<Answer> {
      const boundary = 'b';
      const parts = [
        ['content_type"', 'image/png'],
        ['file_path"', 'large.png'],
        ['file"; filename="a"', 'x'.repeat(1_000_000)],
      ].map(([name, value]) => `Content-Disposition: form-data; name="${name}\r\n\r\n${value}`);
      const body = `--${boundary}\r\n${parts.join(`\r\n--${boundary}\r\n`)}\r\n--${boundary}--\r\n`;
      const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
      return api.gateway.post('/api/v2/assets', body, { headers });
    }
  });
}

/** More than what lies in pages that are there already could take. */
const large = () =>
  aPrompt()
    .sampled({ steps: 1 })
    .withNode('11', 'CLIPTextEncode', { text: 'x'.repeat(500_000), clip: ['10', 1] })
    .build();

function refusedBy(door: string, reason: string, { status, headers, json }: Answer): void {
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const message = `The gateway's state cannot be used: ${reason}`;
  if (door === '/prompt') {
    expect(json).toMatchObject({ code: 'state.unavailable', error: message });
    return;
  }
  expect(schemaViolations('ErrorEnvelope', json)).toEqual([]);
  expect(json).toMatchObject({ error: { code: 'service_unavailable', message } });
}
