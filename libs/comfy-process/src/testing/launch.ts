import { dirname, join } from 'node:path';

import { EventBus, type EnginePhase, type EnginePhaseChanged } from '@gateway/events';
import { systemClock } from '@gateway/kernel';

import { NodeEngineSpawner } from '../adapters/node-engine.spawner';
import type { ComfyProcessOptions } from '../comfy-process.options';
import { ComfySupervisor } from '../comfy.supervisor';

const ENGINE = join(__dirname, '../fixtures/engine.cjs');

/** The command line of the fixture engine. */
export function engineCommand(...args: readonly string[]): string {
  return ['node', `"${ENGINE}"`, ...args].join(' ');
}

export interface Watched {
  readonly supervisor: ComfySupervisor;
  readonly changes: readonly EnginePhaseChanged[];
  /** The next change to that phase (or the last, if it is the present one). */
  reached(phase: EnginePhase): Promise<EnginePhaseChanged>;
}

/** A supervisor of real processes with short times, not yet started. */
export function watchedSupervisor(
  options: Partial<ComfyProcessOptions> & Pick<ComfyProcessOptions, 'command' | 'address'>,
): Watched {
  const bus = new EventBus();
  const changes: EnginePhaseChanged[] = [];
  bus.subscribe('engine-phase-changed', (change) => changes.push(change));
  const supervisor = new ComfySupervisor(
    {
      engineId: 'engine-1',
      environment: { PATH: dirname(process.execPath) },
      alwaysRestart: false,
      startupCheckIntervalMs: 100,
      startupCheckMaxTries: 100,
      restart: { firstDelayMs: 20, maxDelayMs: 50 },
      interruptGraceMs: 300,
      terminateGraceMs: 300,
      probe: probeOf(options.address),
      ...options,
    },
    { bus, clock: systemClock, spawner: new NodeEngineSpawner(), chance: () => 0 },
  );
  return {
    supervisor,
    changes,
    reached: (phase) =>
      new Promise((resolve) => {
        const last = changes.at(-1);
        if (last?.to === phase) {
          resolve(last);
          return;
        }
        const leave = bus.subscribe('engine-phase-changed', (change) => {
          if (change.to !== phase) return;
          leave();
          resolve(change);
        });
      }),
  };
}

function probeOf({ host, port }: ComfyProcessOptions['address']): ComfyProcessOptions['probe'] {
  return async (signal) => (await fetch(`http://${host}:${port}/`, { signal })).ok;
}
