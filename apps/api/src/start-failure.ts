import { StateUnavailableError } from '@gateway/state';

/**
 * What a failure of ComfyUI, or of the start, means to whoever runs the gateway: the sentence of its
 * error and, where a variable would mend it, that variable.
 */
export function tellOperator(error: Error): string {
  // Broken where it was read first after it was opened.
  if (error instanceof StateUnavailableError) return `${error.message}.${ADVICE[error.unusable]}`;
  const advice = 'code' in error ? ADVICE[String(error.code)] : undefined;
  return `${error.message}${advice ?? ''}`;
}

/** By code of the error; each goes on where its sentence ends. */
const ADVICE: Readonly<Record<string, string>> = {
  'comfy.command_invalid':
    ' (CMD). Set CMD to what starts ComfyUI, or to nothing to attach to a running one.',
  'comfy.port_in_use': ' (COMFYUI_PORT_HOST, CMD).',
  'comfy.start_timeout':
    ' (STARTUP_CHECK_MAX_TRIES × STARTUP_CHECK_INTERVAL_S). Its log above may say why.',
  'state.in_use':
    ' Most likely a gateway runs on this PORT already, or is still ending: end it, or choose another PORT or STATE_DIR.',
  'state.damaged':
    ' Restore a copy, or move it away, its -wal and -shm with it, and start without the jobs and files that it knew.',
  'state.newer': ' Start that version, or choose another STATE_DIR.',
  'state.unusable': ' Put that right, or choose another STATE_DIR.',
};
