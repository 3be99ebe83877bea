import type { JobStatus } from '@gateway/events';
import type { SqlValue } from '@gateway/state';

import { isTerminalStatus } from '../job';
import type { JobQuery } from '../job-store.port';

/** A settled job that ended before a time. */
export const IS_FORGOTTEN = '(settled = 1 AND ended_at < ?)';

export interface Listing {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/**
 * The places of the jobs that a query asks for, the newest first. It goes along an index and stops
 * at the limit: that of the first note if any is asked for, else that of each status, else that of
 * the places.
 */
export function listingOf(query: JobQuery): Listing {
  const [first, ...otherNotes] = Object.entries(query.metadata ?? {});
  const conditions = [...rangeOf(query), ...otherNotes.map(noteCondition)];
  if (first) {
    const [key, text] = first;
    return placesOf(
      'job_notes AS note JOIN jobs ON jobs.place = note.place',
      'note.place',
      [
        { sql: 'note.key = ? AND note.text = ?', values: [key, text] },
        ...conditions,
        ...statusCondition(query),
      ],
      query,
    );
  }
  const { statuses } = query;
  if (!statuses) return placesOf('jobs', 'jobs.place', conditions, query);
  const parts = [...new Set(statuses)].map((status) =>
    placesOf('jobs', 'jobs.place', [oneStatus(status), ...conditions], query),
  );
  return {
    sql: `SELECT place FROM (${parts.map(({ sql }) => `SELECT * FROM (${sql})`).join(' UNION ALL ')})
          ORDER BY place DESC LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), query.limit],
  };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

function placesOf(
  tables: string,
  place: string,
  conditions: readonly Condition[],
  { after, limit }: JobQuery,
): Listing {
  const all = [
    { sql: 'jobs.transient = 0', values: [] },
    ...conditions,
    ...(after === undefined ? [] : [{ sql: `${place} < ?`, values: [after] }]),
  ];
  return {
    sql: `SELECT ${place} AS place FROM ${tables}
          WHERE ${all.map(({ sql }) => sql).join(' AND ')} ORDER BY ${place} DESC LIMIT ?`,
    values: [...all.flatMap(({ values }) => values), limit],
  };
}

/**
 * With a bound for the place, so that it stops there. The clock may have been set back between two
 * jobs: the bound is that of all, by the index of times (`+place`: not by that of places).
 */
function rangeOf({ createdFrom, createdBefore, endedFrom }: JobQuery): readonly Condition[] {
  return [
    ...(createdFrom === undefined ? [] : [bounded('>=', 'MIN', createdFrom)]),
    ...(createdBefore === undefined ? [] : [bounded('<', 'MAX', createdBefore)]),
    ...(endedFrom === undefined ? [] : [{ sql: `NOT ${IS_FORGOTTEN}`, values: [endedFrom] }]),
  ];
}

function bounded(relation: '>=' | '<', extreme: 'MIN' | 'MAX', time: number): Condition {
  const inRange = `created_at ${relation} ?`;
  const bound = `SELECT ${extreme}(+place) FROM jobs WHERE ${inRange}`;
  const within = relation === '<' ? '<=' : '>=';
  return { sql: `${inRange} AND jobs.place ${within} (${bound})`, values: [time, time] };
}

/** In the words of the index that has them. */
function oneStatus(status: JobStatus): Condition {
  const has = isTerminalStatus(status) ? 'IS NOT NULL' : 'IS NULL';
  return { sql: `ended_at ${has} AND status = ?`, values: [status] };
}

function statusCondition({ statuses }: JobQuery): readonly Condition[] {
  if (!statuses) return [];
  return [{ sql: `status IN (${statuses.map(() => '?').join(', ')})`, values: statuses }];
}

function noteCondition([key, text]: readonly [string, string]): Condition {
  return {
    sql: `EXISTS (SELECT 1 FROM job_notes AS other
            WHERE other.key = ? AND other.text = ? AND other.place = jobs.place)`,
    values: [key, text],
  };
}
