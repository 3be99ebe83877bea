import type { Profile } from './profile';
import type { TurboSettings } from './turbo/turbo.settings';

/** Everything the command line decides, checked and with defaults filled in. */
export interface EmulatorOptions {
  /** IP addresses to listen on. */
  readonly addresses: readonly string[];
  /** 0 takes any free port. */
  readonly port: number;
  readonly directories: DirectoryOptions;
  readonly profile: Profile;
  /** Accept node classes that nobody knows. */
  readonly lenient: boolean;
  readonly stepMs: number;
  readonly startDelayMs: number;
  /** `undefined` runs the nodes. */
  readonly turbo: TurboSettings | undefined;
  /** `name[:argument]` of each fault to arm at start. */
  readonly scenarios: readonly string[];
  readonly previewMethod: PreviewMethod;
  /** `undefined` when the flag was not given: ComfyUI then writes the default as an integer. */
  readonly maxUploadMegabytes: number | undefined;
  /** Value of `Access-Control-Allow-Origin`; `undefined` keeps the origin guard. */
  readonly corsOrigin: string | undefined;
  readonly compress: boolean;
  /** Whether prompt and workflow are written into files. */
  readonly metadata: boolean;
  readonly cache: CachePolicy;
  /** `all`, or the names that stay enabled with --disable-all-custom-nodes. */
  readonly customNodes: 'all' | readonly string[];
  readonly log: LogOptions;
  readonly multiUser: boolean;
  readonly frontEndRoot: string | undefined;
  readonly extraModelPathFiles: readonly string[];
  readonly quickTest: boolean;
  /** As `/system_stats` shows it. */
  readonly argv: readonly string[];
}

export interface DirectoryOptions {
  readonly base: string | undefined;
  readonly output: string | undefined;
  readonly input: string | undefined;
  /** ComfyUI uses the folder `temp` inside it. */
  readonly temp: string | undefined;
  readonly user: string | undefined;
}

export type CachePolicy =
  | { readonly kind: 'classic' }
  | { readonly kind: 'lru'; readonly size: number }
  | { readonly kind: 'none' };

export interface LogOptions {
  readonly level: LogLevel;
  /** Lines below ERROR go to stdout instead of stderr. */
  readonly toStdout: boolean;
  readonly printsReadyLine: boolean;
}

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const PREVIEW_METHODS = ['none', 'auto', 'latent2rgb', 'taesd'] as const;
export type PreviewMethod = (typeof PREVIEW_METHODS)[number];

const DEFAULT_MAX_UPLOAD_MEGABYTES = 100;

export function maxUploadBytes(options: EmulatorOptions): number {
  return Math.round((options.maxUploadMegabytes ?? DEFAULT_MAX_UPLOAD_MEGABYTES) * 1024 * 1024);
}
