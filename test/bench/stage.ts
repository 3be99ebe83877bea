import { join } from 'node:path';

import { DirectClient } from './clients/direct.client';
import { GatewayClient } from './clients/gateway.client';
import type { Client } from './clients/client';
import { closedLoop, type Round, type Watched } from './clients/load';
import { textToImage, type Graph } from './graphs';
import { Bare } from './processes/bare';
import { Engine } from './processes/engine';
import { Gateway, type GatewaySetup } from './processes/gateway';

export interface StageSetup extends GatewaySetup {
  /** The engines' turbo settings. */
  readonly turbo: string;
  /** Connections of each client. */
  readonly connections?: number;
  /** Whether the bare wrapper takes part. */
  readonly withBare?: boolean;
}

/** Somebody's server that is measured instead of our gateway. */
export interface Foreign {
  readonly url: string;
  readonly engineUrl: string;
  readonly pid: number | undefined;
}

/** One of those that are compared. */
export interface Side {
  readonly client: Client;
  readonly watched: Watched;
  /** Between two rounds. */
  tidy(): Promise<void>;
}

export type Sides<Name extends string = 'direct' | 'gateway'> = Readonly<Record<Name, Side>>;

/**
 * All sides: a direct client before an engine, a gateway before another one of the same kind, and if
 * wanted the bare wrapper before a third, so that none hears of the others' prompts. Somebody's server
 * shares its engine with the direct client; the bare wrapper has one of ours.
 */
export class Stage {
  private constructor(
    readonly engine: Engine,
    readonly gateway: Gateway,
    readonly directClient: DirectClient,
    readonly gatewayClient: GatewayClient,
    private readonly directEngine: Engine,
    private readonly bare: BareStage | undefined,
  ) {}

  static async start(setup: StageSetup, foreign?: Foreign): Promise<Stage> {
    const { turbo, connections = 1, withBare = false, ...ofGateway } = setup;
    const { profileDir } = ofGateway;
    const profileOf = (name: string) => profileDir && join(profileDir, name);
    const engine = foreign
      ? await Engine.attach(foreign.engineUrl, turbo)
      : await Engine.start(turbo, profileOf('engine-of-gateway'));
    const directEngine = foreign
      ? engine
      : await Engine.start(turbo, profileOf('engine-of-direct'));
    const gateway = foreign
      ? Gateway.at(foreign.url, foreign.pid)
      : await Gateway.start(engine, { ...ofGateway, profileDir: profileOf('gateway') });
    const directClient = await DirectClient.connect(directEngine.url, connections);
    const gatewayClient = new GatewayClient(gateway.url, connections);
    const bare = withBare ? await BareStage.start(turbo, connections, profileOf) : undefined;
    return new Stage(engine, gateway, directClient, gatewayClient, directEngine, bare);
  }

  get sides(): Sides {
    return { direct: this.direct, gateway: this.through };
  }

  /** @throws Error when it was set without the bare wrapper. */
  get sidesWithBare(): Sides<'direct' | 'bare' | 'gateway'> {
    if (!this.bare) throw new Error('The bare wrapper does not take part');
    return { direct: this.direct, bare: this.bare.side, gateway: this.through };
  }

  get direct(): Side {
    const engine = this.directEngine;
    const watched = { engine: engine.pid, server: undefined };
    return { client: this.directClient, watched, tidy: () => engine.tidy() };
  }

  get through(): Side {
    const { engine, gateway } = this;
    const watched = { engine: engine.pid, server: gateway.pid };
    return { client: this.gatewayClient, watched, tidy: () => engine.tidy() };
  }

  /** The engines of client and gateway give out other prompts from now on. */
  async tune(turbo: string): Promise<void> {
    await this.engine.tune(turbo);
    await this.directEngine.tune(turbo);
  }

  async stop(): Promise<void> {
    await this.gatewayClient.close();
    await this.directClient.close();
    const prompts = await this.engine.promptsRun();
    await this.gateway.stop(prompts);
    await this.engine.stop(prompts);
    if (this.directEngine !== this.engine) {
      await this.directEngine.stop(await this.directEngine.promptsRun());
    }
    await this.bare?.stop();
  }
}

/** The bare wrapper, its engine and its client. */
class BareStage {
  private constructor(
    private readonly engine: Engine,
    private readonly server: Bare,
    private readonly client: GatewayClient,
  ) {}

  static async start(
    turbo: string,
    connections: number,
    profileOf: (name: string) => string | undefined,
  ): Promise<BareStage> {
    const engine = await Engine.start(turbo, profileOf('engine-of-bare'));
    const server = await Bare.start(engine, profileOf('bare'));
    return new BareStage(engine, server, new GatewayClient(server.url, connections));
  }

  get side(): Side {
    const { engine, server, client } = this;
    const watched = { engine: engine.pid, server: server.pid };
    return { client, watched, tidy: () => engine.tidy() };
  }

  async stop(): Promise<void> {
    await this.client.close();
    const prompts = await this.engine.promptsRun();
    await this.server.stop(prompts);
    await this.engine.stop(prompts);
  }
}

/** What the sides came to, in the order of the repeats. */
export type Rounds<T, Name extends string = 'direct' | 'gateway'> = Readonly<
  Record<Name, readonly T[]>
>;

/** Each side in turn, again and again: what a machine does beside us hits all. */
export async function interleaved<T, Name extends string>(
  sides: Sides<Name>,
  repeats: number,
  round: (side: Side) => Promise<T>,
): Promise<Rounds<T, Name>> {
  const names = Object.keys(sides) as Name[];
  const rounds = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    T[]
  >;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const name of names) {
      const side = sides[name];
      rounds[name].push(await round(side));
      await side.tidy();
    }
  }
  return rounds;
}

/**
 * Prompts by so many clients, each with a graph of its own, after as many as it takes until V8 has
 * compiled what runs once a prompt.
 */
export async function promptRounds<Name extends string>(
  sides: Sides<Name>,
  { clients, repeats, ...load }: PromptLoad,
  graph: () => Graph,
): Promise<Rounds<Round, Name>> {
  const round = (prompts: number) => (side: Side) =>
    closedLoop({ clients, prompts }, side.watched, () => side.client.run(graph()));
  await interleaved(sides, 1, round(load.warmUp ?? WARM_UP_PROMPTS));
  return interleaved(sides, repeats, round(load.prompts));
}

export const WARM_UP_PROMPTS = 1_500;

interface PromptLoad {
  readonly clients: number;
  /** Of a round. */
  readonly prompts: number;
  readonly repeats: number;
  /** Prompts before the first round. */
  readonly warmUp?: number;
}

/** A few small prompts on both sides, so that what is compiled or loaded once is not charged to large ones. */
export async function warmUp(stage: Stage): Promise<void> {
  await promptRounds(stage.sides, { clients: 1, prompts: 50, warmUp: 25, repeats: 1 }, textToImage);
  stage.gateway.rest();
}

/** A figure of each round of all sides. */
export function each<T, Name extends string>(
  rounds: Rounds<T, Name>,
  figure: (round: T) => number,
): Rounds<number, Name> {
  const figures = Object.entries<readonly T[]>(rounds).map(
    ([name, ofSide]) => [name, ofSide.map(figure)] as const,
  );
  return Object.fromEntries(figures) as unknown as Rounds<number, Name>;
}
