import { existsSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';

import { stringifyJson, type NodeUi } from '@gateway/comfy-protocol';

import type { PromptFacts } from '../execution/prompt.run';
import { scenarioFactories } from './known.scenarios';
import { parseScenario } from './scenario.parser';
import type { RunningNode, Scenario, ScenarioArgument, ScenarioWorld } from './scenario';

/** What the armed faults share; each gets its own argument and counter on top. */
export type SharedWorld = Omit<ScenarioWorld, 'argument' | 'spend'>;

interface Armed {
  readonly spec: string;
  readonly name: string;
  readonly argument: ScenarioArgument;
  readonly scenario: Scenario;
}

/** Raised for a fault nobody has written. */
export class UnknownScenarioError extends Error {
  constructor(readonly scenario: string) {
    super(`Unknown scenario '${scenario}'. Known: ${Object.keys(scenarioFactories).join(', ')}`);
    this.name = 'UnknownScenarioError';
  }
}

/** The faults in force. Every hook is a no-op, and costs next to nothing, while there are none. */
export class ArmedScenarios {
  private armed: readonly Armed[] = [];

  constructor(private readonly shared: SharedWorld) {}

  list(): readonly string[] {
    return this.armed.map(({ spec }) => spec);
  }

  /** @throws UnknownScenarioError */
  arm(spec: string): void {
    const { name, argument } = parseScenario(spec);
    const create = scenarioFactories[name];
    if (create === undefined) throw new UnknownScenarioError(name);
    let usesLeft = argument.times ?? 1;
    const spend = (): void => {
      usesLeft -= 1;
      if (argument.once !== undefined) writeFileSync(argument.once, spec);
      if (usesLeft <= 0) this.armed = this.armed.filter((other) => other !== entry);
    };
    const scenario = create({ ...this.shared, argument, spend });
    const entry: Armed = { spec, name, argument, scenario };
    this.armed = [...this.armed, entry];
  }

  /** Disarms by name or by the whole text; everything when undefined. */
  disarm(nameOrSpec: string | undefined): void {
    this.armed =
      nameOrSpec === undefined
        ? []
        : this.armed.filter(({ name, spec }) => name !== nameOrSpec && spec !== nameOrSpec);
  }

  async beforeListening(): Promise<void> {
    for (const { scenario } of this.active()) await scenario.beforeListening?.();
  }

  onRequest(request: IncomingMessage): number | undefined {
    for (const { scenario } of this.active()) {
      const status = scenario.onRequest?.(request);
      if (status !== undefined) return status;
    }
    return undefined;
  }

  onAnswer(path: string, text: string): string {
    return this.active().reduce(
      (answer, { scenario }) => scenario.onAnswer?.(path, answer) ?? answer,
      text,
    );
  }

  refusesUpgrade(): boolean {
    return this.active().some(({ scenario }) => scenario.refusesUpgrade?.() === true);
  }

  onMessage(text: string): string {
    if (this.armed.length === 0) return text;
    return this.active().reduce(
      (message, { scenario }) => scenario.onMessage?.(message) ?? message,
      text,
    );
  }

  async onPromptTaken(prompt: PromptFacts): Promise<void> {
    for (const { scenario } of this.concerning(prompt)) await scenario.onPromptTaken?.(prompt);
  }

  async beforeNode(node: RunningNode): Promise<void> {
    for (const { scenario } of this.concerning(node.prompt)) await scenario.beforeNode?.(node);
  }

  async afterNode(node: RunningNode, ui: NodeUi | undefined): Promise<void> {
    for (const { scenario } of this.concerning(node.prompt)) await scenario.afterNode?.(node, ui);
  }

  async beforeHistory(prompt: PromptFacts): Promise<void> {
    for (const { scenario } of this.concerning(prompt)) await scenario.beforeHistory?.(prompt);
  }

  private active(): readonly Armed[] {
    return this.armed.filter(
      ({ argument }) => argument.once === undefined || !existsSync(argument.once),
    );
  }

  private concerning(prompt: PromptFacts): readonly Armed[] {
    if (this.armed.length === 0) return this.armed;
    return this.active().filter(
      ({ argument }) =>
        argument.onlyIf === undefined || stringifyJson(prompt.graph).includes(argument.onlyIf),
    );
  }
}
