import type { JobQuery } from '@gateway/jobs';
import type { JobStatus } from '@gateway/events';

import { InvalidRequestError } from '../comfy-api-v2.errors';
import { invalidFields } from '../error-envelope';
import type { ListJobsDto } from './job.dto';

/**
 * What a request for a list asks the store for, the limit aside.
 *
 * @throws InvalidRequestError `request.invalid`
 */
export function jobQueryOf(query: ListJobsDto): Omit<JobQuery, 'limit'> {
  const { status, created_after, created_before, cursor } = query;
  return {
    ...(status !== undefined && { statuses: status.split(',') as JobStatus[] }),
    // The store begins at a time; what was created at that very millisecond is not after it.
    ...(created_after !== undefined && { createdFrom: Date.parse(created_after) + 1 }),
    ...(created_before !== undefined && { createdBefore: Date.parse(created_before) }),
    ...(cursor !== undefined && { after: placeOf(cursor) }),
    metadata: metadataOf(query),
  };
}

/** Where a list goes on. */
export function cursorAt(place: number): string {
  return Buffer.from(`after:${place}`).toString('base64url');
}

function placeOf(cursor: string): number {
  const [, place] = /^after:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (place !== undefined) return Number(place);
  const issue = { path: ['cursor'], message: 'is not a cursor that was given out' };
  throw new InvalidRequestError(...invalidFields([issue]));
}

function metadataOf(query: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const notes = Object.entries(query).flatMap(([key, value]) =>
    key.startsWith(PREFIX) && typeof value === 'string'
      ? [[key.slice(PREFIX.length), value] as const]
      : [],
  );
  return Object.fromEntries(notes);
}

const PREFIX = 'metadata.';
