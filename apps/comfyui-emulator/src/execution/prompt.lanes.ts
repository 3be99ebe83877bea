/** Prompts that run side by side: one in ComfyUI, more only in turbo mode. */
export class PromptLanes {
  private readonly busy = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;
  private onEnd: (() => void) | undefined;

  constructor(private readonly count: () => number) {}

  /**
   * Starts a task, and resolves when there is room for the next one.
   *
   * @throws what a task failed with.
   */
  async run(task: () => Promise<void>): Promise<void> {
    const running = task()
      .catch((error: unknown) => {
        this.failure = { error };
      })
      .finally(() => {
        this.busy.delete(running);
        this.onEnd?.();
      });
    this.busy.add(running);
    while (this.busy.size >= this.count()) {
      await new Promise<void>((resolve) => (this.onEnd = resolve));
    }
    if (this.failure !== undefined) throw this.failure.error;
  }
}
