import { dirname, join, resolve } from 'node:path';

import { eventually } from './eventually';
import { freePort } from './free-port';
import { LaunchedProcess } from './launched-process';
import { makeWorkspace, type Workspace } from './workspace';

const DIST = resolve(__dirname, '..', '..', '..', 'dist');
export const GATEWAY_ENTRY = join(DIST, 'apps', 'api', 'src', 'main.js');
export const EMULATOR_ENTRY = join(DIST, 'apps', 'comfyui-emulator', 'src', 'main.js');

export interface LaunchOptions {
  /** A fault of the emulator: `name` or `name:argument`. */
  readonly scenario?: string;
  /** What starts the gateway; the built one by default. */
  readonly entry?: string;
  /** More options for the emulator. */
  readonly emulator?: readonly string[];
  /** What the gateway launches, made of the emulator's command line; that line itself by default. */
  readonly command?: (emulator: string) => string;
  /** More environment for the gateway; wins over what the launcher sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Started instead of the built gateway, in its folder, with no environment but what is set here. */
  readonly executable?: string;
  /** Do not wait until prompts are taken. */
  readonly waitUntilReady?: boolean;
  /** A folder of an earlier launch, to start again in it. */
  readonly workspace?: Workspace;
  /** Ports of an earlier launch, to take its place; free ones otherwise. */
  readonly ports?: Ports;
}

/** Where the gateway listens, and where its engine does. */
export interface Ports {
  readonly gateway: number;
  readonly engine: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: AnswerJson;
}

/** Whatever came back; specs know what they asked for. */
export interface AnswerJson {
  readonly id: string;
  readonly prompt: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>;
  readonly images: readonly string[];
  readonly filenames: readonly string[];
  readonly outputs: readonly Readonly<Record<string, unknown>>[];
  readonly stats: Readonly<Record<string, unknown>>;
  readonly error: string;
  readonly code: string;
  readonly location: string;
  readonly node_errors: Readonly<
    Record<string, { readonly errors: readonly { readonly type: string }[] }>
  >;
  readonly [key: string]: unknown;
}

/** The built gateway with the built emulator as its child, both as processes of their own. */
export class LaunchedGateway {
  readonly url: string;
  readonly engineUrl: string;

  constructor(
    readonly process: LaunchedProcess,
    readonly ports: Ports,
    readonly workspace: Workspace,
  ) {
    this.url = `http://127.0.0.1:${ports.gateway}`;
    this.engineUrl = `http://127.0.0.1:${ports.engine}`;
  }

  /** `POST /prompt` with a graph and other fields of the body. */
  async prompt(graph: unknown, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    return this.post('/prompt', { prompt: graph, ...fields });
  }

  async post(path: string, body: unknown, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : toJson(body),
      ...init,
    });
    return readAnswer(response);
  }

  async get(path: string): Promise<Answer> {
    return readAnswer(await fetch(this.url + path));
  }

  /** Arms a fault while the emulator runs. */
  async arm(scenario: string): Promise<void> {
    await fetch(`${this.engineUrl}/emulator/scenarios`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scenario }),
    });
  }

  async untilReady(patienceMs?: number): Promise<void> {
    const isReady = async (): Promise<boolean> => (await this.statusOf('/ready')) === 200;
    await eventually(isReady, 'the gateway is ready', patienceMs);
  }

  async untilListening(): Promise<void> {
    const isLive = async (): Promise<boolean> => (await this.statusOf('/health/live')) === 200;
    await eventually(isLive, 'the gateway listens');
  }

  /** `undefined` while nobody answers. */
  private async statusOf(path: string): Promise<number | undefined> {
    if (!this.process.running) {
      throw new Error(`The gateway ended: ${this.process.stderrLines.join('\n')}`);
    }
    return fetch(this.url + path).then(
      ({ status }) => status,
      () => undefined,
    );
  }

  /** Ends the gateway and removes its folder. */
  async stop(): Promise<void> {
    await this.process.end();
    await this.workspace.remove();
  }
}

/** Starts a gateway; tests of one scenario each read: `const gateway = await launch({ scenario })`. */
export async function launch(options: LaunchOptions = {}): Promise<LaunchedGateway> {
  const workspace = options.workspace ?? (await makeWorkspace());
  const ports = options.ports ?? { gateway: await freePort(), engine: await freePort() };
  const emulator = [process.execPath, EMULATOR_ENTRY, '--base-directory', workspace.base, '--cpu'];
  emulator.push('--port', String(ports.engine));
  if (options.scenario !== undefined) emulator.push('--scenario', options.scenario);
  emulator.push(...(options.emulator ?? []));
  const commandLine = emulator.map((word) => JSON.stringify(word)).join(' ');
  const { program, environment, workingDir } = startOf(options);
  const variables = {
    ...environment,
    CMD: options.command ? options.command(commandLine) : commandLine,
    HOST: '127.0.0.1',
    PORT: String(ports.gateway),
    COMFY_HOME: workspace.base,
    COMFYUI_PORT_HOST: String(ports.engine),
    INPUT_DIR: workspace.input,
    OUTPUT_DIR: workspace.output,
    MODEL_DIR: join(workspace.base, 'models'),
    WORKFLOW_DIR: join(workspace.base, 'workflows'),
    STATE_DIR: workspace.state,
    STARTUP_CHECK_MAX_TRIES: '60',
    // Each transition of a job is a line there.
    LOG_LEVEL: 'debug',
    ...options.env,
  };
  const gateway = new LaunchedProcess(program, variables, workingDir);
  const launched = new LaunchedGateway(gateway, ports, workspace);
  if (options.waitUntilReady !== false) await launched.untilReady();
  return launched;
}

/** The built gateway, as we are run ourselves; or a file in its folder, and nothing of ours. */
function startOf({ executable, entry = GATEWAY_ENTRY }: LaunchOptions) {
  return executable === undefined
    ? { program: [process.execPath, entry] as const, environment: process.env }
    : { program: [executable] as const, environment: {}, workingDir: dirname(executable) };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const json = (isJson ? JSON.parse(text) : {}) as AnswerJson;
  return { status: response.status, headers: response.headers, json };
}

/** JSON with 64-bit integers as bare digits. */
function toJson(body: unknown): string {
  const marked = JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'bigint' ? `@bigint@${value}` : value,
  );
  return marked.replaceAll(/"@bigint@(\d+)"/g, '$1');
}
