/**
 * What a failure of ComfyUI, or of the start, means to whoever runs the gateway: the sentence of its
 * error and, where a variable would mend it, that variable.
 */
export function tellOperator(error: Error): string {
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
};
