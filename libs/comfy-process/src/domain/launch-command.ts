import { parse, type ParseEntry } from 'shell-quote';

import { ComfyCommandError } from '../comfy-process.errors';

/** A program and its arguments, as the system takes them. */
export interface LaunchCommand {
  readonly program: string;
  readonly arguments: readonly string[];
}

/**
 * Splits a command line as a shell would, quotes and escapes respected, but runs no shell: `$NAME`
 * and wildcards are handed on as they stand.
 *
 * @throws ComfyCommandError `comfy.command_invalid` for what only a shell could run
 */
export function parseLaunchCommand(command: string): LaunchCommand {
  refuseOpenQuote(command);
  const words = parse(hideDollars(command)).map((entry) => showDollars(wordOf(entry, command)));
  const [program, ...rest] = words;
  if (program === undefined || program === '') {
    throw new ComfyCommandError(command, `"${command}" names no program`);
  }
  if (/^\w+=/.test(program)) {
    throw new ComfyCommandError(
      command,
      `"${program}" is a variable, not a program; write env ${command}`,
    );
  }
  return { program, arguments: rest };
}

function wordOf(entry: ParseEntry, command: string): string {
  if (typeof entry === 'string') return entry;
  if ('comment' in entry) throw needsShell(command, '#');
  if ('pattern' in entry) return entry.pattern;
  throw needsShell(command, entry.op);
}

function needsShell(command: string, operator: string): ComfyCommandError {
  return new ComfyCommandError(
    command,
    `"${operator}" is shell syntax and no shell runs it; quote it, or write bash -c '…'`,
  );
}

function refuseOpenQuote(command: string): void {
  const unquoted = command.replace(/\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"/g, '');
  if (/['"]/.test(unquoted)) {
    throw new ComfyCommandError(command, `a quote is opened and never closed in: ${command}`);
  }
}

/**
 * shell-quote always substitutes variables (an unknown one by nothing) and cannot be told not to, so
 * dollar signs travel through it as a private-use character.
 */
const HIDDEN_DOLLAR = '\u{e000}';

function hideDollars(command: string): string {
  return command.replace(/(\\[\s\S])|\$/g, (_, escaped?: string) => escaped ?? HIDDEN_DOLLAR);
}

function showDollars(word: string): string {
  return word.replaceAll(HIDDEN_DOLLAR, '$');
}
