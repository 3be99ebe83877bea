/** Messages of ComfyUI's websocket that an operator can have sent to a webhook, by their `type`. */
export const SYSTEM_EVENTS = [
  'status',
  'progress',
  'progress_state',
  'executing',
  'execution_start',
  'execution_cached',
  'executed',
  'execution_success',
  'execution_interrupted',
  'execution_error',
] as const;

export type SystemEventName = (typeof SYSTEM_EVENTS)[number];

export function isSystemEventName(name: string): name is SystemEventName {
  return SYSTEM_EVENTS.some((known) => known === name);
}
