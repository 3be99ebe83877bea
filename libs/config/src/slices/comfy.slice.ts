import { z } from 'zod';

import { flag, port, seconds, text, wholeNumber } from '../variables';

/** The ComfyUI that the gateway launches, or attaches to. */
export const comfyVariables = z.object({
  CMD: text()
    .default('init.sh')
    .describe('Command that launches ComfyUI; empty attaches to one that is already running.'),
  BASE: text()
    .default('ai-dock')
    .describe(
      'Image that ComfyUI comes in: `ai-dock` loads its environment before CMD, where it is that ' +
        'image; anything else loads nothing.',
    ),
  COMFY_HOME: text()
    .default('/opt/ComfyUI')
    .describe(
      "ComfyUI's folder as the gateway sees it, where that command is run; must be there if set. " +
        'With an empty CMD, too: without it nothing that a job leaves in ComfyUI is cleaned.',
    ),
  DIRECT_ADDRESS: text().min(1).default('127.0.0.1').describe('Address ComfyUI answers at.'),
  COMFYUI_PORT_HOST: port().prefault('8188').describe('Port ComfyUI answers at.'),
  INPUT_DIR: text().optional().describe("ComfyUI's input folder; `input` in COMFY_HOME if unset."),
  OUTPUT_DIR: text()
    .optional()
    .describe("ComfyUI's output folder; `output` in COMFY_HOME if unset."),
  MODEL_DIR: text().optional().describe("ComfyUI's model folder; `models` in COMFY_HOME if unset."),
  ALWAYS_RESTART_COMFYUI: flag()
    .prefault('false')
    .describe('Restart ComfyUI when it exits; otherwise the gateway ends with it.'),
  STARTUP_CHECK_INTERVAL_S: seconds(0.01)
    .prefault('1')
    .describe('Seconds between checks whether ComfyUI answers.'),
  STARTUP_CHECK_MAX_TRIES: wholeNumber(1)
    .prefault('10')
    .describe('Checks before a start counts as failed; with an empty CMD there is no end to them.'),
  COMFY_MAX_IN_FLIGHT: wholeNumber(1, 1024)
    .prefault('2')
    .describe('Prompts inside ComfyUI at once; the rest wait in the gateway.'),
  PROMPT_TIMEOUT_S: seconds()
    .prefault('0')
    .describe('Longest time a prompt may spend inside ComfyUI, in seconds; 0 is for ever.'),
  PROMPT_INTERRUPT_GRACE_S: seconds()
    .prefault('10')
    .describe('Seconds from the interrupt of such a prompt to the restart of ComfyUI.'),
  ENGINE_STUCK_S: seconds(0.1)
    .prefault('60')
    .describe(
      'Seconds ComfyUI may hold a prompt without beginning it, while it does nothing else.',
    ),
  ENGINE_SILENT_S: seconds(0.1)
    .prefault('30')
    .describe('Seconds without a word about a running prompt after which ComfyUI is asked for it.'),
  ENGINE_WAIT_S: seconds(0.1)
    .prefault('300')
    .describe('Seconds ComfyUI may be away before waiting prompts are answered 503.'),
  RESTART_DELAY_S: seconds()
    .prefault('1')
    .describe('Seconds before the first restart of ComfyUI; doubles with each quick failure.'),
});
