/** What a prompt is in turbo mode, instead of the work of its nodes. */
export interface TurboSettings {
  /** How long a prompt runs, in milliseconds. */
  readonly delay: number;
  /** Sampling steps that are told of while it runs. */
  readonly steps: number;
  /** A JPEG that is sent with each of them. */
  readonly preview: string | undefined;
  /** Files of each output node. */
  readonly outputs: number;
  /** Prompts that run side by side. */
  readonly parallel: number;
  /** What each output is a copy of; without it, a picture of a few bytes. */
  readonly file: string | undefined;
}

/** Raised for settings nobody can read. */
export class TurboSettingError extends Error {
  constructor(part: string) {
    super(`Not a setting of turbo mode: '${part}'. Known: ${KNOWN}`);
    this.name = 'TurboSettingError';
  }
}

const KNOWN = 'delay@<ms>, steps@<n>, preview@<path>, outputs@<n>, parallel@<n>, file@<path>';
const DEFAULTS: TurboSettings = {
  delay: 0,
  steps: 0,
  preview: undefined,
  outputs: 1,
  parallel: 1,
  file: undefined,
};

/**
 * Reads `delay@20,steps@20,outputs@1,parallel@64,file@/path`; what is not named has its default.
 *
 * @throws TurboSettingError
 */
export function parseTurboSettings(text: string): TurboSettings {
  const parts = text.split(',').filter((part) => part !== '');
  return parts.reduce((settings, part) => ({ ...settings, ...readPart(part) }), DEFAULTS);
}

function readPart(part: string): Partial<TurboSettings> {
  const [, name, value = ''] = /^(\w+)@(.+)$/.exec(part) ?? [];
  switch (name) {
    case 'delay':
      return { delay: countOf(part, value, 0) };
    case 'steps':
      return { steps: countOf(part, value, 0) };
    case 'outputs':
      return { outputs: countOf(part, value, 0) };
    case 'parallel':
      return { parallel: countOf(part, value, 1) };
    case 'preview':
      return { preview: value };
    case 'file':
      return { file: value };
    default:
      throw new TurboSettingError(part);
  }
}

function countOf(part: string, value: string, least: number): number {
  const count = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(count >= least)) throw new TurboSettingError(part);
  return count;
}
