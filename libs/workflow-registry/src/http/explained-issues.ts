import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** The same issues, where Zod's "Invalid input" for a union says why each alternative refused. */
export function explainedIssues(issues: readonly Issue[]): Issue[] {
  return issues.map((issue) =>
    issue.code === 'invalid_union' && issue.errors.length > 0
      ? { ...issue, message: reasonsOf(issue.errors) }
      : issue,
  );
}

function reasonsOf(alternatives: readonly (readonly Issue[])[]): string {
  const reasons = alternatives.map((issues) => explainedIssues(issues).map(reasonOf).join(', '));
  return [...new Set(reasons)].join('; or ');
}

function reasonOf({ path, message }: Issue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}
