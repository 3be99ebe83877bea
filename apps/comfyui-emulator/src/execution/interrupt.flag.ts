/** Thrown inside a node when an interrupt fires. */
export class InterruptedError extends Error {
  constructor() {
    super('Processing interrupted');
    this.name = 'InterruptProcessingException';
  }
}

/**
 * ComfyUI's interrupt: one flag for the whole process, tested before each node and at each progress
 * report, cleared when it fires and when a prompt starts.
 */
export class InterruptFlag {
  private raised = false;

  raise(): void {
    this.raised = true;
  }

  lower(): void {
    this.raised = false;
  }

  /** @throws InterruptedError if the flag is up, and lowers it. */
  check(): void {
    if (!this.raised) return;
    this.raised = false;
    throw new InterruptedError();
  }
}
