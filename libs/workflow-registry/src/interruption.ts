import { createContext, Script } from 'node:vm';

/**
 * Calls `work`, and breaks off what it does before it returns: a loop without an end would be the end
 * of this whole process. What it does after an `await` is out of reach.
 *
 * Node can interrupt no call but that of a script, so there is one that does nothing else.
 */
export function interruptibly<T>(ms: number, work: () => T, what: string): T {
  const outer = SCOPE.work;
  SCOPE.work = work;
  try {
    return CALL.runInContext(SCOPE, { timeout: ms, displayErrors: false }) as T;
  } catch (thrown) {
    if (!isInterruption(thrown)) throw thrown;
    throw new Error(`${what} computed for longer than ${ms / 1000} s and was interrupted`);
  } finally {
    SCOPE.work = outer;
  }
}

const CALL = new Script('work()');

/** Holds the work only while it is called: to make a context for each call would be dear. */
const SCOPE = createContext({}) as { work?: (() => unknown) | undefined };

/** By its code: it is of another realm. */
function isInterruption(thrown: unknown): boolean {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
