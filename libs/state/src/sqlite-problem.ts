import type { StateUnusableCode } from './state.errors';

/** What went wrong, for whoever runs the gateway. */
export interface SqliteProblem {
  readonly reason: string;
  /** What it is when it keeps us from opening the database. */
  readonly code: StateUnusableCode;
}

/** What a code of SQLite means; `undefined` for a mistake of ours. */
export function problemOf(error: unknown): SqliteProblem | undefined {
  const code = (error as { readonly code?: unknown }).code;
  if (typeof code !== 'string') return undefined;
  const family = Object.keys(PROBLEMS).find((name) => code === name || code.startsWith(`${name}_`));
  return family === undefined ? undefined : PROBLEMS[family];
}

const UNUSABLE = 'state.unusable';
const HELD = { reason: 'another process holds it', code: 'state.in_use' } as const;

/** Primary result codes, see sqlite.org/rescode.html; extended ones begin with them. */
const PROBLEMS: Readonly<Record<string, SqliteProblem>> = {
  SQLITE_FULL: { reason: 'the disk is full', code: UNUSABLE },
  SQLITE_READONLY: { reason: 'it is read-only', code: UNUSABLE },
  SQLITE_IOERR: { reason: 'reading or writing its file failed', code: UNUSABLE },
  SQLITE_CORRUPT: { reason: 'its file is corrupt', code: 'state.damaged' },
  SQLITE_NOTADB: { reason: 'it is no SQLite database', code: 'state.damaged' },
  SQLITE_CANTOPEN: { reason: 'its file cannot be opened', code: UNUSABLE },
  SQLITE_BUSY: HELD,
  SQLITE_LOCKED: HELD,
  SQLITE_PERM: { reason: 'its file may not be used', code: UNUSABLE },
};
