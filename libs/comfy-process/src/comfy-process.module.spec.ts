import { EventBus, EventsModule } from '@gateway/events';
import { silentLog } from '@gateway/kernel';
import { NestFactory } from '@nestjs/core';
import { Module } from '@nestjs/common';

import { ComfyProcessModule } from './comfy-process.module';
import type { ComfyProcessOptions } from './comfy-process.options';
import { ComfySupervisor } from './comfy.supervisor';

const options: ComfyProcessOptions = {
  engineId: 'engine-1',
  command: '',
  address: { host: '127.0.0.1', port: 8188 },
  environment: {},
  alwaysRestart: false,
  startupCheckIntervalMs: 1_000,
  startupCheckMaxTries: 10,
  probe: () => Promise.resolve(true),
};

async function bootWith(command: string) {
  @Module({
    imports: [
      EventsModule.register({ log: silentLog }),
      ComfyProcessModule.registerAsync({ useFactory: () => ({ ...options, command }) }),
    ],
  })
  class App {}
  return NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
}

describe('the module', () => {
  it('provides a supervisor that does nothing until it is started', async () => {
    const app = await bootWith('');
    const supervisor = app.get(ComfySupervisor);
    expect(supervisor.phase).toBe('stopped');
    const ready = new Promise((resolve) => {
      app
        .get(EventBus)
        .subscribe('engine-phase-changed', ({ to }) => to === 'ready' && resolve(to));
    });
    supervisor.start();
    await ready;
    await supervisor.stop();
    await app.close();
  });

  it('does not boot with a command that only a shell could run', async () => {
    await expect(bootWith('cd /opt/ComfyUI && python main.py')).rejects.toMatchObject({
      code: 'comfy.command_invalid',
    });
  });
});
