export type { HealthFinding, HealthIndicator } from './health-indicator';
export { HealthIndicators } from './health-indicators';
export { HealthModule } from './health.module';
export type { HealthOptions, StartupTaskState } from './health.module-definition';
