import { readFileSync } from 'node:fs';

import type { PreviewImage } from '../nodes/node-class';
import { PreparedOutput } from './prepared.output';
import { parseTurboSettings, type TurboSettings } from './turbo.settings';

/** Turbo mode as it is set now; prompts that begin later follow a change. */
export class TurboMode {
  private current: Prepared;

  /** @throws the system's error for a file that cannot be read. */
  constructor(settings: TurboSettings) {
    this.current = prepare(settings);
  }

  get settings(): TurboSettings {
    return this.current.settings;
  }

  get output(): PreparedOutput {
    return this.current.output;
  }

  /** Sent with each step. */
  get preview(): PreviewImage | undefined {
    return this.current.preview;
  }

  /** @throws TurboSettingError; the system's error for a file that cannot be read. */
  set(text: string): void {
    this.current = prepare(parseTurboSettings(text));
  }
}

interface Prepared {
  readonly settings: TurboSettings;
  readonly output: PreparedOutput;
  readonly preview: PreviewImage | undefined;
}

function prepare(settings: TurboSettings): Prepared {
  const { file, preview } = settings;
  const image = preview === undefined ? undefined : readFileSync(preview);
  return {
    settings,
    output: new PreparedOutput(file),
    preview: image && { format: 'image/jpeg', image },
  };
}
