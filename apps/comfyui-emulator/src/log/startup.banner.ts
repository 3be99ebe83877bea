import { totalmem } from 'node:os';

import type { EmulatorOptions } from '../emulator.options';
import type { ComfyLog } from './comfy.log';

/** What ComfyUI prints while it loads on a machine without a GPU. */
export function printLoading(log: ComfyLog, options: EmulatorOptions): void {
  const megabytes = Math.round(totalmem() / 1024 / 1024);
  const custom =
    options.customNodes === 'all'
      ? ['', 'Import times for custom nodes:', '   0.0 seconds: websocket_image_save.py']
      : ['Skipping loading of custom nodes'];
  for (const line of [
    'Checkpoint files will always be loaded safely.',
    `Total VRAM ${megabytes} MB, total RAM ${megabytes} MB`,
    'pytorch version: 2.13.0+cpu',
    'Set vram state to: DISABLED',
    'Device: cpu',
    'Using sub quadratic optimization for attention, if you have memory or speed issues try using: --use-split-cross-attention',
    'Python version: 3.11.9 (main) [GCC 12.2.0]',
    `ComfyUI version: ${options.profile.version}`,
    `[Prompt Server] web root: ${options.frontEndRoot ?? '(none: this is the ComfyUI emulator)'}`,
    ...custom,
    '',
  ]) {
    log.info(line);
  }
}

export function printStarting(log: ComfyLog): void {
  log.info('Starting server\n');
}

/** One line per address; the last thing printed before requests are answered. */
export function printReady(log: ComfyLog, address: string, port: number): void {
  const host = address.includes(':') ? `[${address}]` : address;
  log.info(`To see the GUI go to: http://${host}:${port}`);
}
