import { existsSync } from 'node:fs';

import { Module } from '@nestjs/common';
import { HealthIndicator, type HealthFinding } from 'comfyui-gateway/app';

/** No prompts are sent here while somebody keeps the file there. */
@HealthIndicator()
export class Maintenance implements HealthIndicator {
  readonly name = 'maintenance';

  check(): HealthFinding {
    const file = process.env['MAINTENANCE_FILE'] ?? '/run/maintenance';
    return existsSync(file) ? { up: false, file } : { up: true };
  }
}

@Module({ providers: [Maintenance] })
export class MaintenanceModule {}
