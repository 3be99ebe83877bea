/** Something that must be well for prompts to be taken. */
export interface HealthIndicator {
  /** Its key in `/health/ready`. */
  readonly name: string;
  /** Asked by each probe. Throwing means down, and so does taking longer than 5 s. */
  check(): HealthFinding | Promise<HealthFinding>;
}

/** Whether it is well, and what else a probe should show. */
export interface HealthFinding {
  readonly up: boolean;
  readonly [detail: string]: unknown;
}
