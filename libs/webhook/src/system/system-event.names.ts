/** ComfyUI's websocket messages that can be forwarded to the operator's webhook. */
export const SYSTEM_EVENTS = [
  'status',
  'progress',
  'executing',
  'execution_start',
  'execution_cached',
  'executed',
  'execution_success',
  'execution_interrupted',
  'execution_error',
  'progress_state',
] as const;

export type SystemEventName = (typeof SYSTEM_EVENTS)[number];

export function isSystemEventName(name: string): name is SystemEventName {
  return SYSTEM_EVENTS.some((known) => known === name);
}
