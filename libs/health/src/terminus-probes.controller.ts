import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';

import { GatewayStatus } from './gateway-status';
import { HealthIndicators, type NamedFinding } from './health-indicators';
import {
  HEALTH_OPTIONS,
  type HealthOptions,
  type StartupTaskState,
} from './health.module-definition';

/** Kubernetes' three questions, in Terminus' form, with the supervisor's phase as detail. */
@ApiTags('probes')
@Controller('health')
export class TerminusProbesController {
  constructor(
    private readonly status: GatewayStatus,
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly added: HealthIndicators,
    @Inject(HEALTH_OPTIONS) private readonly options: HealthOptions,
  ) {}

  @Get('live')
  @HealthCheck()
  @ApiOperation({
    operationId: 'healthLive',
    summary: 'Liveness: this process answers',
    description:
      'Never depends on ComfyUI: a gateway that waits for its engine must not be killed.',
  })
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.gateway()]);
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({
    operationId: 'healthReady',
    summary: 'Readiness: prompts should be sent here now',
  })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => this.queue(),
      () => this.comfyui(this.status.engineReady),
      ...this.added.checks.map((ask) => async () => this.found(await ask())),
    ]);
  }

  @Get('startup')
  @HealthCheck()
  @ApiOperation({
    operationId: 'healthStartup',
    summary: 'Start-up: ComfyUI was ready once, and what is done before it is started is done',
  })
  startup(): Promise<HealthCheckResult> {
    return this.health.check([
      ...this.options.startup.tasks.map((task) => () => this.task(task)),
      () => this.comfyui(this.status.started),
    ]);
  }

  private gateway(): HealthIndicatorResult {
    return this.indicators.check('gateway').up();
  }

  private found({ name, finding: { up, ...details } }: NamedFinding): HealthIndicatorResult {
    const check = this.indicators.check(name);
    return up ? check.up(details) : check.down(details);
  }

  private task({ name, state }: StartupTaskState): HealthIndicatorResult {
    const check = this.indicators.check(name);
    return state === 'done' ? check.up({ state }) : check.down({ state });
  }

  private comfyui(up: boolean): HealthIndicatorResult {
    const check = this.indicators.check('comfyui');
    return up ? check.up(this.status.engine) : check.down(this.status.engine);
  }

  private queue(): HealthIndicatorResult {
    const check = this.indicators.check('queue');
    const details = { depth: this.status.queueDepth };
    const reason = this.status.notTakingBecause;
    return reason === undefined ? check.up(details) : check.down({ ...details, reason });
  }
}
