import { inspect } from 'node:util';

import { z } from 'zod';

import { SourceError } from './source.compiler';

/** Why a file could not be loaded, and where; the file may be one that it imports. */
export interface LoadFailure {
  readonly reason: string;
  readonly file: string;
  readonly line?: number;
}

/**
 * What to tell of something thrown while `file` was loaded. The place is the innermost line below
 * `dir` in its stack trace; what is thrown need not be an error.
 */
export function loadFailure(thrown: unknown, file: string, dir: string): LoadFailure {
  if (thrown instanceof SourceError) {
    return { reason: thrown.message, file: thrown.file, line: thrown.line };
  }
  return { reason: withZodHint(messageOf(thrown)), ...(placeIn(stackOf(thrown), dir) ?? { file }) };
}

/** Errors of workflow files are of another realm in tests, so `instanceof` does not know them. */
export function messageOf(thrown: unknown): string {
  if (thrown === undefined || thrown === null) return 'It threw nothing';
  if (thrown instanceof z.ZodError) return issuesOf(thrown);
  const message = memberOf(thrown, 'message');
  const text = typeof message === 'string' && message !== '' ? message : inspect(thrown);
  return withoutRequireStack(typeof thrown === 'string' ? thrown : text);
}

/** Zod's own message is its issues in JSON. */
function issuesOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => [path.map(String).join('.'), message].filter(Boolean).join(': '))
    .join('; ');
}

/** Zod 4 dropped words of Zod 3, and those that are not mapped here are missed where they are used. */
function withZodHint(message: string): string {
  const [, word] = /\bz(?:od)?\d?\..*?(\w+) is not a function$/.exec(message) ?? [];
  return word === undefined
    ? message
    : `${message.replace(/_zod\d*\.(default\.|z\.)?/, 'z.')}: Zod 4 has no "${word}", ` +
        'see https://zod.dev/v4/changelog';
}

/** Node adds its own list of requiring modules below the message. */
function withoutRequireStack(message: string): string {
  return message.split('\nRequire stack:')[0]?.trim() ?? '';
}

function stackOf(thrown: unknown): string {
  const stack = memberOf(thrown, 'stack');
  return typeof stack === 'string' ? stack : '';
}

function memberOf(value: unknown, name: 'message' | 'stack'): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    // What is thrown need not be an error, and reading it need not be safe.
    return undefined;
  }
}

function placeIn(
  stack: string,
  dir: string,
): { readonly file: string; readonly line: number } | undefined {
  for (const frame of stack.split('\n')) {
    const at = frame.lastIndexOf(`${dir}/`);
    const [, path, line] = /^(.+?):(\d+)(?::\d+)?\)?$/.exec(at < 0 ? '' : frame.slice(at)) ?? [];
    if (path !== undefined && !path.includes('/node_modules/')) {
      return { file: path, line: Number(line) };
    }
  }
  return undefined;
}
