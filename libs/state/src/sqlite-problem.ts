/** What a code of SQLite means for whoever runs the gateway; `undefined` for a mistake of ours. */
export function problemOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown }).code;
  if (typeof code !== 'string') return undefined;
  const family = Object.keys(PROBLEMS).find((name) => code === name || code.startsWith(`${name}_`));
  return family && PROBLEMS[family];
}

/** Primary result codes, see sqlite.org/rescode.html; extended ones begin with them. */
const PROBLEMS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_READONLY: 'it is read-only',
  SQLITE_IOERR: 'reading or writing its file failed',
  SQLITE_CORRUPT: 'its file is corrupt',
  SQLITE_NOTADB: 'it is no SQLite database',
  SQLITE_CANTOPEN: 'its file cannot be opened',
  SQLITE_BUSY: 'another process holds it',
  SQLITE_LOCKED: 'another process holds it',
  SQLITE_PERM: 'its file may not be used',
};
