import { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

/** What Zod 3 called its ways to say a message, and Zod 4 ignores without a word. */
interface Zod3Messages {
  readonly required_error?: string;
  readonly invalid_type_error?: string;
  readonly errorMap?: Zod3ErrorMap;
}

type Zod3ErrorMap = (
  issue: object,
  context: { readonly data: unknown; readonly defaultError: string },
) => { readonly message: string };

/** The options of a Zod 3 schema as Zod 4 understands them; anything else comes back as it is. */
export function withZod4Errors(options: unknown): unknown {
  if (!isZod3Messages(options)) return options;
  const { required_error, invalid_type_error, errorMap, ...others } = options;
  return {
    ...others,
    error: (issue: Issue) =>
      errorMap
        ? errorMap(zod3Issue(issue), { data: issue.input, defaultError: usualMessage(issue) })
        : messageFor(issue, { required_error, invalid_type_error }),
  };
}

/** By the type of the values too: an object's shape may have a field of such a name. */
function isZod3Messages(options: unknown): options is Zod3Messages {
  if (typeof options !== 'object' || options === null) return false;
  const { required_error, invalid_type_error, errorMap } = options as Record<string, unknown>;
  return (
    typeof required_error === 'string' ||
    typeof invalid_type_error === 'string' ||
    typeof errorMap === 'function'
  );
}

function messageFor(
  issue: Issue,
  messages: { required_error: string | undefined; invalid_type_error: string | undefined },
): string | undefined {
  if (issue.input === undefined) return messages.required_error;
  return issue.code === 'invalid_type' ? messages.invalid_type_error : undefined;
}

function usualMessage(issue: Issue): string {
  const said = z.locales.en().localeError(issue);
  return typeof said === 'object' && said ? said.message : (said ?? 'Invalid input');
}

function zod3Issue(issue: Issue): object {
  return { ...issue, code: ZOD_3_CODES[issue.code] ?? issue.code, path: issue.path ?? [] };
}

const ZOD_3_CODES: Readonly<Record<string, string>> = {
  invalid_value: 'invalid_enum_value',
  invalid_format: 'invalid_string',
};
