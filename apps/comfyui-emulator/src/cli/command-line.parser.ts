import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import {
  LOG_LEVELS,
  PREVIEW_METHODS,
  type CachePolicy,
  type EmulatorOptions,
  type LogLevel,
  type PreviewMethod,
} from '../emulator.options';
import { parseTurboSettings, type TurboSettings } from '../turbo/turbo.settings';
import { PROFILE_NAMES, profiles, type ProfileName } from '../profile';

export type CommandLine =
  | { readonly outcome: 'run'; readonly options: EmulatorOptions }
  /** Help was printed, or the arguments are wrong and usage was printed; argparse exits with 2. */
  | { readonly outcome: 'exit'; readonly code: number };

/** Reads ComfyUI's own options and the emulator's; `print` gets help, `complain` the usage error. */
export function parseCommandLine(
  argv: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): CommandLine {
  const command = describeCommand().configureOutput({
    writeOut: print,
    writeErr: () => undefined,
  });
  command.exitOverride();
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { outcome: 'exit', code: 0 };
    complain(`${usageLine(command)}\nmain.py: ${error.message}\n`);
    return { outcome: 'exit', code: 2 };
  }
  return { outcome: 'run', options: readOptions(command.opts<ParsedOptions>(), argv) };
}

interface ParsedOptions {
  readonly listen: string | true;
  readonly port: number;
  readonly baseDirectory?: string;
  readonly outputDirectory?: string;
  readonly inputDirectory?: string;
  readonly tempDirectory?: string;
  readonly userDirectory?: string;
  readonly extraModelPathsConfig: readonly string[];
  readonly frontEndRoot?: string;
  readonly previewMethod: PreviewMethod;
  readonly cacheLru?: number;
  readonly cacheNone?: true;
  readonly maxUploadSize?: number;
  readonly enableCorsHeader?: string | true;
  readonly enableCompressResponseBody?: true;
  readonly disableMetadata?: true;
  readonly disableAllCustomNodes?: true;
  readonly whitelistCustomNodes: readonly string[];
  readonly dontPrintServer?: true;
  readonly verbose: LogLevel | true;
  readonly logStdout?: true;
  readonly multiUser?: true;
  readonly quickTestForCi?: true;
  readonly profile: ProfileName;
  readonly lenient?: true;
  readonly stepMs: number;
  readonly startDelayMs: number;
  readonly scenario: readonly string[];
  readonly turbo?: TurboSettings | true;
}

function describeCommand(): Command {
  const command = new Command('main.py')
    .allowExcessArguments(false)
    .option('--listen [ip]', 'addresses to listen on, separated by commas', '127.0.0.1')
    .option('--port <port>', 'port to listen on', parsePort, 8188)
    .option('--base-directory <dir>', 'holds models, custom_nodes, input, output, temp and user')
    .option('--output-directory <dir>', 'where outputs go')
    .option('--input-directory <dir>', 'where inputs come from; must exist')
    .option('--temp-directory <dir>', 'its folder "temp" is wiped at every start')
    .option('--user-directory <dir>', 'must exist')
    .option('--extra-model-paths-config <file...>', 'checked for existence only', [])
    .option('--front-end-root <dir>', 'folder of index.html; must exist')
    .addOption(
      new Option('--preview-method <method>', 'whether samplers send previews')
        .choices(PREVIEW_METHODS)
        .default('none'),
    )
    .addOption(new Option('--cache-classic', 'keep results of the last prompt (default)'))
    .addOption(
      new Option('--cache-lru <n>', 'keep n results')
        .argParser(parseCount)
        .conflicts(['cacheClassic', 'cacheNone']),
    )
    .addOption(new Option('--cache-none', 'keep no results').conflicts('cacheClassic'))
    .option('--max-upload-size <mb>', 'limit of every request body', parseQuantity)
    .option('--enable-cors-header [origin]', 'allow other origins')
    .option('--enable-compress-response-body', 'compress text answers')
    .option('--disable-metadata', 'do not write the prompt into files')
    .option('--disable-all-custom-nodes', 'core nodes only')
    .option('--whitelist-custom-nodes <name...>', 'custom nodes to keep all the same', [])
    .option('--dont-print-server', 'no ready line')
    .addOption(new Option('--verbose [level]', 'log level').choices(LOG_LEVELS).default('INFO'))
    .option('--log-stdout', 'log to stdout below ERROR')
    .option('--multi-user', 'separate user data by header')
    .option('--quick-test-for-ci', 'load everything, then exit with 0')
    .addOption(
      new Option('--profile <version>', 'which ComfyUI to be')
        .choices(PROFILE_NAMES)
        .default('0.3.64'),
    )
    .option('--lenient', 'accept node classes that nobody knows')
    .option('--step-ms <ms>', 'simulated duration of a sampler step', parseQuantity, 0)
    .option('--start-delay-ms <ms>', 'wait before the port opens', parseQuantity, 0)
    .option('--scenario <name[:argument]>', 'arm a fault; may be repeated', collect, [])
    .option('--turbo [settings]', 'run no nodes, give out prepared files', parseTurbo);
  return ACCEPTED_AND_IGNORED.reduce((described, flags) => described.option(flags), command);
}

/** Options that change how a real ComfyUI computes, which here is simulated. */
const ACCEPTED_AND_IGNORED = [
  '--preview-size <pixels>',
  '--cpu',
  '--gpu-only',
  '--highvram',
  '--normalvram',
  '--lowvram',
  '--novram',
  '--cuda-device <id>',
  '--default-device <id>',
  '--cuda-malloc',
  '--disable-cuda-malloc',
  '--directml [id]',
  '--oneapi-device-selector <selector>',
  '--reserve-vram <gb>',
  '--async-offload',
  '--disable-smart-memory',
  '--disable-xformers',
  '--disable-ipex-optimize',
  '--force-non-blocking',
  '--default-hashing-function <name>',
  '--deterministic',
  '--fast [feature...]',
  '--mmap-torch-files',
  '--disable-mmap',
  '--force-fp32',
  '--force-fp16',
  '--fp32-unet',
  '--fp64-unet',
  '--bf16-unet',
  '--fp16-unet',
  '--fp8_e4m3fn-unet',
  '--fp8_e5m2-unet',
  '--fp8_e8m0fnu-unet',
  '--fp16-vae',
  '--fp32-vae',
  '--bf16-vae',
  '--cpu-vae',
  '--fp8_e4m3fn-text-enc',
  '--fp8_e5m2-text-enc',
  '--fp16-text-enc',
  '--fp32-text-enc',
  '--bf16-text-enc',
  '--force-channels-last',
  '--supports-fp8-compute',
  '--use-split-cross-attention',
  '--use-quad-cross-attention',
  '--use-pytorch-cross-attention',
  '--use-sage-attention',
  '--use-flash-attention',
  '--force-upcast-attention',
  '--dont-upcast-attention',
  '--disable-api-nodes',
  '--auto-launch',
  '--disable-auto-launch',
  '--windows-standalone-build',
  '--front-end-version <version>',
  '--tls-keyfile <file>',
  '--tls-certfile <file>',
  '--comfy-api-base <url>',
  '--database-url <url>',
] as const;

function readOptions(parsed: ParsedOptions, argv: readonly string[]): EmulatorOptions {
  return {
    addresses: addressesOf(parsed.listen),
    port: parsed.port,
    directories: {
      base: parsed.baseDirectory,
      output: parsed.outputDirectory,
      input: parsed.inputDirectory,
      temp: parsed.tempDirectory,
      user: parsed.userDirectory,
    },
    profile: profiles[parsed.profile],
    lenient: parsed.lenient ?? false,
    stepMs: parsed.stepMs,
    startDelayMs: parsed.startDelayMs,
    scenarios: parsed.scenario,
    turbo: parsed.turbo === true ? parseTurboSettings('') : parsed.turbo,
    previewMethod: parsed.previewMethod,
    maxUploadMegabytes: parsed.maxUploadSize,
    corsOrigin: parsed.enableCorsHeader === true ? '*' : parsed.enableCorsHeader,
    compress: parsed.enableCompressResponseBody ?? false,
    metadata: parsed.disableMetadata === undefined,
    cache: cachePolicyOf(parsed),
    customNodes: parsed.disableAllCustomNodes === true ? parsed.whitelistCustomNodes : 'all',
    log: {
      level: parsed.verbose === true ? 'DEBUG' : parsed.verbose,
      toStdout: parsed.logStdout ?? false,
      printsReadyLine: parsed.dontPrintServer === undefined,
    },
    multiUser: parsed.multiUser ?? false,
    frontEndRoot: parsed.frontEndRoot,
    extraModelPathFiles: parsed.extraModelPathsConfig,
    quickTest: parsed.quickTestForCi ?? false,
    argv: ['main.py', ...argv],
  };
}

function addressesOf(listen: string | true): readonly string[] {
  return listen === true ? ['0.0.0.0', '::'] : listen.split(',').map((address) => address.trim());
}

function cachePolicyOf(parsed: ParsedOptions): CachePolicy {
  if (parsed.cacheNone === true) return { kind: 'none' };
  // 0 is ComfyUI's own way to say "not set".
  if (parsed.cacheLru !== undefined && parsed.cacheLru > 0) {
    return { kind: 'lru', size: parsed.cacheLru };
  }
  return { kind: 'classic' };
}

function usageLine(command: Command): string {
  const flags = command.options.map((option) => `[${option.flags}]`).join(' ');
  return `usage: main.py [-h] ${flags}`;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function parseTurbo(text: string): TurboSettings {
  try {
    return parseTurboSettings(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65535) throw new InvalidArgumentError(`not a port: '${text}'`);
  return port;
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`invalid int value: '${text}'`);
  return Number(text);
}

function parseQuantity(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError(`invalid float value: '${text}'`);
  }
  return value;
}
