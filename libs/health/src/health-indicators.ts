import { within } from '@gateway/kernel';

import type { HealthFinding, HealthIndicator } from './health-indicator';

const ANSWERS_WITHIN_MS = 5_000;

/** What else readiness depends on; empty unless an extension says so. */
export class HealthIndicators {
  private readonly indicators = new Map<string, HealthIndicator>();

  /** @throws RangeError when the name is taken, or the gateway's own. */
  add(indicator: HealthIndicator): void {
    const { name } = indicator;
    if (OWN_NAMES.has(name) || this.indicators.has(name)) {
      throw new RangeError(`There is a health indicator "${name}" already`);
    }
    this.indicators.set(name, indicator);
  }

  async areUp(): Promise<boolean> {
    const findings = await Promise.all([...this.indicators.values()].map(ask));
    return findings.every(({ up }) => up);
  }

  /** One question for each, to be asked by a probe. */
  get checks(): readonly (() => Promise<NamedFinding>)[] {
    return [...this.indicators.values()].map((indicator) => async () => ({
      name: indicator.name,
      finding: await ask(indicator),
    }));
  }
}

export interface NamedFinding {
  readonly name: string;
  readonly finding: HealthFinding;
}

const OWN_NAMES: ReadonlySet<string> = new Set(['gateway', 'queue', 'comfyui']);

async function ask(indicator: HealthIndicator): Promise<HealthFinding> {
  // Asynchronous, so that all that it throws takes one way.
  const check = async (): Promise<HealthFinding> => indicator.check();
  try {
    return await within(ANSWERS_WITHIN_MS, check(), 'The check');
  } catch (error) {
    return { up: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
