import { homedir } from 'node:os';
import { join } from 'node:path';

import { InvalidEnvironmentError } from './config.errors';
import { readConfig } from './gateway-config';

type Environment = Parameters<typeof readConfig>[0];

function problemsOf(environment: Environment): Readonly<Record<string, string>> {
  try {
    readConfig(environment);
  } catch (error) {
    if (!(error instanceof InvalidEnvironmentError)) throw error;
    return Object.fromEntries(error.problems.map(({ variable, problem }) => [variable, problem]));
  }
  return {};
}

const EVERY_EVENT = [
  'status',
  'progress',
  'progress_state',
  'executing',
  'execution_start',
  'execution_cached',
  'executed',
  'execution_success',
  'execution_interrupted',
  'execution_error',
];

describe('the configuration', () => {
  it('has a default for everything', () => {
    const config = readConfig({});
    expect(config).toEqual({
      assets: { maxUploadBytes: 10_240 * 2 ** 20, retentionS: 604_800, allowModels: false },
      apiV2: { extensions: true, maxStreams: 5_000 },
      comfy: {
        command: 'init.sh',
        base: 'ai-dock',
        home: '/opt/ComfyUI',
        host: '127.0.0.1',
        port: 8188,
        baseUrl: 'http://127.0.0.1:8188',
        inputDir: '/opt/ComfyUI/input',
        outputDir: '/opt/ComfyUI/output',
        modelDir: '/opt/ComfyUI/models',
        alwaysRestart: false,
        startupCheckIntervalMs: 1_000,
        startupCheckMaxTries: 10,
        maxInFlight: 2,
        promptTimeoutMs: 0,
        interruptGraceMs: 10_000,
        stuckAfterMs: 60_000,
        silentAfterMs: 30_000,
        engineWaitMs: 300_000,
        restartDelayMs: 1_000,
      },
      http: {
        host: '::',
        port: 3000,
        maxBodyBytes: 100 * 2 ** 20,
        shutdownGraceMs: 30_000,
        publicUrl: undefined,
        trustProxy: false,
      },
      jobs: {
        maxQueueDepth: 0,
        queueLimit: 20_000,
        queueLimitBytes: 2 ** 31,
        prependFilenames: true,
        outlive: true,
        stateDir: join(homedir(), '.local', 'state', 'comfyui-gateway'),
        stateSync: 'NORMAL',
        retentionMs: 86_400_000,
        stateMaxBytes: 50 * 2 ** 30,
      },
      log: { level: 'info' },
      webhooks: {
        retries: 3,
        timeoutMs: 30_000,
        secret: undefined,
        system: { url: undefined, events: [], metadata: {} },
      },
      outbound: {
        allowPrivateNetworks: false,
        allowHosts: [],
        denyHosts: [],
        maxBytes: 2 ** 30,
        timeoutMs: 300_000,
        proxy: { http: undefined, https: undefined, no: undefined },
      },
      extensions: { files: [] },
      workflows: {
        dir: '/workflows',
        watch: false,
        markdownDescriptions: true,
        warmUpFile: undefined,
        warmUpUrl: undefined,
      },
    });
  });

  it.each([
    ['', []],
    ['progress', ['progress']],
    ['progress, status,progress', ['status', 'progress']],
    ['all', EVERY_EVENT],
    ['status,all', EVERY_EVENT],
  ])('reads the system events %j', (text, events) => {
    expect(readConfig({ SYSTEM_WEBHOOK_EVENTS: text }).webhooks.system.events).toEqual(events);
  });

  it('gathers the metadata of system webhooks, its own and that of SaladCloud', () => {
    const environment = {
      SYSTEM_META_batch: 'abc',
      SYSTEM_META_: 'no name',
      SYSTEM_META_salad_machine_id: 'a lie',
      SALAD_MACHINE_ID: 'machine-7',
      SALAD_CONTAINER_GROUP_ID: 'group-1',
      SALAD_API_KEY: 'secret',
    };
    expect(readConfig(environment).webhooks.system.metadata).toEqual({
      batch: 'abc',
      salad_machine_id: 'machine-7',
      salad_container_group_id: 'group-1',
    });
  });

  it.each([
    [{ HTTP_PROXY: 'http://a:1' }, { http: 'http://a:1', https: 'http://a:1', no: undefined }],
    [
      { HTTP_PROXY: 'http://a:1', http_proxy: 'http://b:1', https_proxy: 'http://c:1' },
      { http: 'http://b:1', https: 'http://c:1', no: undefined },
    ],
    [
      { NO_PROXY: 'a', no_proxy: '' },
      { http: undefined, https: undefined, no: 'a' },
    ],
  ])('reads proxies as others do: %j', (environment, proxy) => {
    expect(readConfig(environment).outbound.proxy).toEqual(proxy);
  });

  it('reads paths separated by commas, blanks in them kept', () => {
    const { extensions } = readConfig({ EXTENSION_MODULES: '/srv/my team/a.ts, b.cjs,' });
    expect(extensions.files).toEqual(['/srv/my team/a.ts', 'b.cjs']);
  });

  it('reads lists of hosts, separated by commas or blanks', () => {
    const { outbound } = readConfig({
      URL_ALLOW_HOSTS: 'a.b, *.c  d:81,*',
      URL_DENY_HOSTS: '10.0.0.1:9000 ::1 [::1]:9000 fe80::1',
    });
    expect(outbound).toMatchObject({
      allowHosts: ['a.b', '*.c', 'd:81', '*'],
      denyHosts: ['10.0.0.1:9000', '::1', '[::1]:9000', 'fe80::1'],
    });
  });

  it.each([
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'c2VjcmV0',
  ])('takes the signing secret %s', (secret) => {
    expect(readConfig({ WEBHOOK_SECRET: secret }).webhooks.secret).toBe(secret);
  });

  it.each([
    ['true', true],
    ['False', false],
    ['10.0.0.0/8, ::1 loopback', '10.0.0.0/8,::1,loopback'],
  ])('trusts the proxies %j', (text, trusted) => {
    expect(readConfig({ TRUST_PROXY: text }).http.trustProxy).toBe(trusted);
  });

  it.each(['yes', '10.0.0.0/33', '10.0.0', 'true,::1', '::1/129', '::1/', 'proxy.internal'])(
    'trusts no proxy called %j',
    (text) => {
      expect(problemsOf({ TRUST_PROXY: text })).toEqual({
        TRUST_PROXY: expect.stringContaining('must be "true", "false", or addresses'),
      });
    },
  );

  it('keeps uploads for ever when that is 0 hours', () => {
    expect(readConfig({ ASSETS_RETENTION_H: '0' }).assets.retentionS).toBeNull();
    expect(readConfig({ ASSETS_RETENTION_H: '0.5' }).assets.retentionS).toBe(1800);
  });

  it('reads the log level in any case', () => {
    expect(readConfig({ LOG_LEVEL: 'DEBUG' }).log.level).toBe('debug');
  });

  it('turns seconds into milliseconds and megabytes into bytes', () => {
    const { comfy, http, jobs } = readConfig({
      PROMPT_TIMEOUT_S: '2.5',
      STARTUP_CHECK_INTERVAL_S: '0.25',
      MAX_BODY_SIZE_MB: '0.5',
      QUEUE_LIMIT_MB: '3',
    });
    expect(comfy.promptTimeoutMs).toBe(2_500);
    expect(comfy.startupCheckIntervalMs).toBe(250);
    expect(http.maxBodyBytes).toBe(524_288);
    expect(jobs.queueLimitBytes).toBe(3_145_728);
  });

  it.each([
    ['true', true],
    ['TRUE', true],
    [' True ', true],
    ['1', true],
    ['false', false],
    ['False', false],
    ['0', false],
    ['', false],
  ])('reads the flag %j as %s', (text, value) => {
    expect(readConfig({ ALWAYS_RESTART_COMFYUI: text }).comfy.alwaysRestart).toBe(value);
  });

  it('takes an empty variable for one that is not set', () => {
    const { http, log, jobs } = readConfig({ PORT: '', LOG_LEVEL: '', PREPEND_FILENAMES: '' });
    expect(http.port).toBe(3000);
    expect(log.level).toBe('info');
    expect(jobs.prependFilenames).toBe(true);
  });

  it('takes an empty CMD at its word: attach, launch nothing', () => {
    expect(readConfig({ CMD: '' }).comfy.command).toBe('');
  });

  it("finds ComfyUI's folders below its home, unless they are elsewhere", () => {
    expect(readConfig({ COMFY_HOME: '/srv/comfy' }, () => true).comfy).toMatchObject({
      inputDir: '/srv/comfy/input',
      outputDir: '/srv/comfy/output',
    });
    const elsewhere = { COMFY_HOME: '/srv/comfy', INPUT_DIR: '/in', OUTPUT_DIR: '/out' };
    expect(readConfig(elsewhere, () => true).comfy).toMatchObject({
      inputDir: '/in',
      outputDir: '/out',
    });
  });

  it('writes an IPv6 address into the URL as URLs want it', () => {
    expect(readConfig({ DIRECT_ADDRESS: '::1' }).comfy.baseUrl).toBe('http://[::1]:8188');
    expect(readConfig({ DIRECT_ADDRESS: '[::1]' }).comfy.baseUrl).toBe('http://[::1]:8188');
    expect(readConfig({ DIRECT_ADDRESS: 'gpu-1', COMFYUI_PORT_HOST: '81' }).comfy.baseUrl).toBe(
      'http://gpu-1:81',
    );
  });

  it.each([
    [{ STATE_DIR: '/var/lib/gateway', XDG_STATE_HOME: '/x' }, '/var/lib/gateway'],
    [{ XDG_STATE_HOME: '/home/me/state' }, '/home/me/state/comfyui-gateway'],
    [{ XDG_STATE_HOME: '' }, join(homedir(), '.local', 'state', 'comfyui-gateway')],
  ])('finds the folder for its own files: %j', (environment, folder) => {
    expect(readConfig(environment).jobs.stateDir).toBe(folder);
  });

  it('cannot be changed by anybody who was given it', () => {
    const config = readConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config.comfy, { port: 1 })).toThrow(TypeError);
    expect(config.comfy.port).toBe(8188);
  });

  it('leaves variables alone that are not its own', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/root', PORTS: 'x' })).toEqual(readConfig({}));
  });
});

describe('a wrong environment', () => {
  it('is refused with every problem, from every slice, by variable name', () => {
    const environment = { PORT: 'http', COMFYUI_PORT_HOST: '0', QUEUE_LIMIT: '-1', LOG_LEVEL: 'x' };
    expect(problemsOf(environment)).toEqual({
      PORT: 'must be a whole number between 1 and 65535',
      COMFYUI_PORT_HOST: 'must be a whole number between 1 and 65535',
      QUEUE_LIMIT: 'must be a whole number of at least 0',
      LOG_LEVEL: 'must be one of trace, debug, info, warn, error, fatal',
    });
    expect(() => readConfig(environment)).toThrow(
      '\nPORT must be a whole number between 1 and 65535\nQUEUE_LIMIT must be',
    );
  });

  it('is refused when the gateway and the ComfyUI it launches would share a port', () => {
    expect(() => readConfig({ PORT: '8188' })).toThrow('PORT must differ from COMFYUI_PORT_HOST');
    expect(() => readConfig({ PORT: '8188', CMD: '' })).not.toThrow();
  });

  it('is refused when it names a folder that is not there, with all that is wrong besides', () => {
    const named = { COMFY_HOME: '/no/comfy', WORKFLOW_DIR: __filename, PORT: 'http' };
    expect(problemsOf(named)).toEqual({
      COMFY_HOME: 'must name a folder; /no/comfy is none',
      WORKFLOW_DIR: `must name a folder; ${__filename} is none`,
      PORT: 'must be a whole number between 1 and 65535',
    });
    expect(problemsOf({ COMFY_HOME: __dirname, WORKFLOW_DIR: __dirname })).toEqual({});
    expect(problemsOf({ COMFY_HOME: '', WORKFLOW_DIR: '' })).toEqual({});
  });

  it('tells several problems of one slice at once', () => {
    const names = Object.keys(problemsOf({ PORT: '65536', SHUTDOWN_GRACE_S: 'soon' }));
    expect(names.sort()).toEqual(['PORT', 'SHUTDOWN_GRACE_S']);
  });

  it.each(['1.5', 'NaN', 'Infinity', '1 0', ' ', 'ten', '-0.1', '1025', '0'])(
    'does not take %j for a number of places',
    (text) => {
      expect(problemsOf({ COMFY_MAX_IN_FLIGHT: text })).toEqual({
        COMFY_MAX_IN_FLIGHT: 'must be a whole number between 1 and 1024',
      });
    },
  );

  it.each(['NaN', 'Infinity', '-1', '1s', ' ', '2147484'])(
    'does not take %j for seconds',
    (text) => {
      expect(problemsOf({ PROMPT_TIMEOUT_S: text })).toEqual({
        PROMPT_TIMEOUT_S: 'must be a number between 0 and 2147483',
      });
    },
  );

  it.each(['yes', 'on', '2', 'truth'])('does not take %j for a flag', (text) => {
    expect(problemsOf({ PREPEND_FILENAMES: text })).toEqual({
      PREPEND_FILENAMES: 'must be "true" or "false"',
    });
  });

  it('tells an unknown system event, and every event there is', () => {
    const { SYSTEM_WEBHOOK_EVENTS: problem } = problemsOf({
      SYSTEM_WEBHOOK_EVENTS: 'status,finished,started',
    });
    expect(problem).toMatch(/^must name events out of all, status, progress, .*execution_error;/);
    expect(problem).toMatch(/; not finished, started$/);
  });

  it.each(['ftp://a', 'a.example.com', 'http://', 'javascript:alert(1)'])(
    'does not take %j for an address',
    (text) => {
      expect(problemsOf({ SYSTEM_WEBHOOK_URL: text })).toEqual({
        SYSTEM_WEBHOOK_URL: 'must be an http or https URL',
      });
    },
  );

  it.each(['not base64!', 'whsec_', 'a', 'ab c'])(
    'does not take %j for a signing secret',
    (text) => {
      expect(Object.keys(problemsOf({ WEBHOOK_SECRET: text }))).toEqual(['WEBHOOK_SECRET']);
    },
  );

  it.each(['socks5://a:1', 'http://', '://x'])('does not take %j for a proxy', (text) => {
    expect(Object.keys(problemsOf({ HTTPS_PROXY: text }))).toEqual(['HTTPS_PROXY']);
  });

  it.each(['http://foo.example', 'a/b', '*foo', 'a b@c', 'host:port'])(
    'does not take %j for a host',
    (text) => {
      expect(Object.keys(problemsOf({ URL_DENY_HOSTS: text }))).toEqual(['URL_DENY_HOSTS']);
    },
  );

  it('is refused with two warm-up prompts', () => {
    const environment = { WARMUP_PROMPT_FILE: '/a.json', WARMUP_PROMPT_URL: 'http://b/c.json' };
    expect(problemsOf(environment)).toEqual({
      WARMUP_PROMPT_URL: 'must not be set beside WARMUP_PROMPT_FILE',
    });
  });
});
