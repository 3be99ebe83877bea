import type { ScenarioFactory } from './scenario';

/** Faults by the name that `--scenario` and `POST /emulator/scenarios` take. */
export const scenarioFactories: Readonly<Record<string, ScenarioFactory>> = {};
