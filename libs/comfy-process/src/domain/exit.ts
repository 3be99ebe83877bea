/** How a child process ended: by its own code, or by a signal. */
export type Exit = { readonly code: number } | { readonly signal: NodeJS.Signals };

/** An exit in words, for messages: `exit code 3`, `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  return 'code' in exit ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}
