/** Ends the worker thread without ending the process: what ComfyUI calls nothing, and users a zombie. */
export class WorkerDeath extends Error {
  /** @param announced whether Python prints a traceback; it does not for `SystemExit`. */
  constructor(readonly announced: boolean) {
    super(announced ? "KeyError: 'inputs'" : 'SystemExit');
    this.name = 'WorkerDeath';
  }
}

export function describeDeath(error: unknown): string | undefined {
  if (error instanceof WorkerDeath && !error.announced) return undefined;
  const cause = error instanceof WorkerDeath ? error.message : `KeyError: ${String(error)}`;
  return [
    'Exception in thread Thread-1 (prompt_worker):',
    'Traceback (most recent call last):',
    '  File "/usr/lib/python3.11/threading.py", line 1045, in _bootstrap_inner',
    '    self.run()',
    '  File "/opt/comfyui/main.py", line 195, in prompt_worker',
    '    e.execute(item[2], prompt_id, item[3], item[4])',
    cause,
  ].join('\n');
}
