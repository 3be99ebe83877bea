import { PreparedOutput } from './prepared.output';
import { parseTurboSettings, type TurboSettings } from './turbo.settings';

/** Turbo mode as it is set now; prompts that begin later follow a change. */
export class TurboMode {
  private current: { readonly settings: TurboSettings; readonly output: PreparedOutput };

  constructor(settings: TurboSettings) {
    this.current = { settings, output: new PreparedOutput(settings.file) };
  }

  get settings(): TurboSettings {
    return this.current.settings;
  }

  get output(): PreparedOutput {
    return this.current.output;
  }

  /** @throws TurboSettingError; the system's error for a file that cannot be read. */
  set(text: string): void {
    const settings = parseTurboSettings(text);
    this.current = { settings, output: new PreparedOutput(settings.file) };
  }
}
