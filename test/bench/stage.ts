import { DirectClient } from './clients/direct.client';
import { GatewayClient } from './clients/gateway.client';
import type { Client } from './clients/client';
import { closedLoop, type Round, type Watched } from './clients/load';
import { textToImage, type Graph } from './graphs';
import { Engine } from './processes/engine';
import { Gateway, type GatewaySetup } from './processes/gateway';

export interface StageSetup extends GatewaySetup {
  /** The engines' turbo settings. */
  readonly turbo: string;
  /** Connections of each client. */
  readonly connections?: number;
}

/** Somebody's server that is measured instead of our gateway. */
export interface Foreign {
  readonly url: string;
  readonly engineUrl: string;
  readonly pid: number | undefined;
}

/** One of the two that are compared. */
export interface Side {
  readonly client: Client;
  readonly watched: Watched;
  /** Between two rounds. */
  tidy(): Promise<void>;
}

/**
 * Both sides: a direct client before an engine, and a gateway before another one of the same kind, so
 * that neither hears of the other's prompts. Somebody's server shares its engine with the direct client.
 */
export class Stage {
  private constructor(
    readonly engine: Engine,
    readonly gateway: Gateway,
    readonly directClient: DirectClient,
    readonly gatewayClient: GatewayClient,
    private readonly directEngine: Engine,
  ) {}

  static async start(
    { turbo, connections = 1, ...setup }: StageSetup,
    foreign?: Foreign,
  ): Promise<Stage> {
    const engine = foreign
      ? await Engine.attach(foreign.engineUrl, turbo)
      : await Engine.start(turbo);
    const directEngine = foreign ? engine : await Engine.start(turbo);
    const gateway = foreign
      ? Gateway.at(foreign.url, foreign.pid)
      : await Gateway.start(engine, setup);
    const directClient = await DirectClient.connect(directEngine.url, connections);
    const gatewayClient = new GatewayClient(gateway.url, connections);
    return new Stage(engine, gateway, directClient, gatewayClient, directEngine);
  }

  get direct(): Side {
    const engine = this.directEngine;
    const watched = { engine: engine.pid, gateway: undefined };
    return { client: this.directClient, watched, tidy: () => engine.tidy() };
  }

  get through(): Side {
    const { engine, gateway } = this;
    const watched = { engine: engine.pid, gateway: gateway.pid };
    return { client: this.gatewayClient, watched, tidy: () => engine.tidy() };
  }

  /** Both engines give out other prompts from now on. */
  async tune(turbo: string): Promise<void> {
    await this.engine.tune(turbo);
    await this.directEngine.tune(turbo);
  }

  async stop(): Promise<void> {
    await this.gatewayClient.close();
    await this.directClient.close();
    await this.gateway.stop();
    await this.engine.stop();
    await this.directEngine.stop();
  }
}

/** What both sides came to, in the order of the repeats. */
export interface Rounds<T> {
  readonly direct: readonly T[];
  readonly gateway: readonly T[];
}

/** Direct, gateway, direct, gateway …: what a machine does beside us hits both. */
export async function interleaved<T>(
  { direct, through }: Pick<Stage, 'direct' | 'through'>,
  repeats: number,
  round: (side: Side) => Promise<T>,
): Promise<Rounds<T>> {
  const rounds = { direct: [] as T[], gateway: [] as T[] };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    rounds.direct.push(await round(direct));
    await direct.tidy();
    rounds.gateway.push(await round(through));
    await through.tidy();
  }
  return rounds;
}

/** Prompts by so many clients, each with a graph of its own, after a few that warm both up. */
export async function promptRounds(
  stage: Stage,
  load: { readonly clients: number; readonly prompts: number; readonly repeats: number },
  graph: () => Graph,
): Promise<Rounds<Round>> {
  const round = (prompts: number) => (side: Side) =>
    closedLoop({ clients: load.clients, prompts }, side.watched, () => side.client.run(graph()));
  await interleaved(stage, 1, round(Math.ceil(load.prompts / 2)));
  return interleaved(stage, load.repeats, round(load.prompts));
}

/** A few small prompts on both sides, so that what is compiled or loaded once is not charged to large ones. */
export async function warmUp(stage: Stage): Promise<void> {
  await promptRounds(stage, { clients: 1, prompts: 50, repeats: 1 }, textToImage);
  stage.gateway.rest();
}

/** A figure of each round of both sides. */
export function each<T>(rounds: Rounds<T>, figure: (round: T) => number) {
  return { direct: rounds.direct.map(figure), gateway: rounds.gateway.map(figure) };
}
