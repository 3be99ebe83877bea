/**
 * Python's own words when an exception leaves the thread that runs prompts. ComfyUI (all versions so
 * far, see its issue 16312) then answers HTTP and accepts prompts for ever, and runs none.
 */
const WORKER_DEATH = /^Exception in thread .*\(prompt_worker\)/;

/** Whether a line of output says that the prompt worker died. */
export function tellsWorkerDeath(line: string): boolean {
  return WORKER_DEATH.test(line);
}
