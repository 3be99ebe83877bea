import { types } from 'node:util';

import { assertNever, DomainError } from '@gateway/kernel';

import type { AttemptOutcome } from './delivery.decision';

/**
 * An attempt as facts for a log line. Of a cause only codes and names: messages may quote the URL,
 * and with it what the client keeps in its query.
 */
export function attemptFacts(outcome: AttemptOutcome | undefined): object {
  if (!outcome) return { cause: 'shutting down' };
  switch (outcome.kind) {
    case 'answered':
      return { status: outcome.status };
    case 'failed':
      return { cause: causesOf(outcome.cause).join(' < ') };
    default:
      return assertNever(outcome);
  }
}

function causesOf(error: unknown): readonly string[] {
  const names: string[] = [];
  for (let cause = error; types.isNativeError(cause) && names.length < 5; cause = cause.cause) {
    names.push(codeOf(cause));
  }
  return names;
}

function codeOf(error: Error): string {
  if (error instanceof DomainError) return error.code;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
