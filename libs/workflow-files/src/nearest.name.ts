import { distance } from 'fastest-levenshtein';

/** What somebody who wrote `name` is likely to have meant; capitals do not count. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({
      candidate,
      edits: distance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, edits }) => edits <= allowedEdits(name, candidate))
    .sort((one, other) => one.edits - other.edits);
  return nearest?.candidate;
}

/** A third of the letters: `witdh` is `width`, `seed` is not `size`. */
function allowedEdits(name: string, candidate: string): number {
  return Math.round(Math.max(name.length, candidate.length) / 3);
}
