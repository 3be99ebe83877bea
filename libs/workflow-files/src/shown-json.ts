/**
 * A value as a document can show it, whoever writes that out: `bigint` becomes a number. A seed beyond
 * 2^53 loses its last digits there, and only there.
 */
export function shownJson<T>(value: T): T {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? Number(part) : part,
  ) as string | undefined;
  return (text === undefined ? undefined : JSON.parse(text)) as T;
}
